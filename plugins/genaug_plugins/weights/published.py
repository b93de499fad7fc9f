"""Published weights of timm models, in words that a check can look for without importing timm."""

from genaug.components.prerequisites import HubWeights

FILES = ("model.safetensors", "pytorch_model.bin")


def published_weights(network: str, instead: str) -> tuple[HubWeights, ...]:
    """Return the weights of a timm model on the model hub; none where the name has no tag.

    Args:
        network: name of the model with the tag of its weights: ``resnet50.a1_in1k``.
        instead: what to do without them.
    """
    return (HubWeights(f"timm/{network}", FILES, instead),) if "." in network else ()
