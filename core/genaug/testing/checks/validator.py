"""What a validator must do."""

import numpy as np

from genaug.contracts import Evidence, Validator
from genaug.data import Findings
from genaug.testing.dependencies import depends_on, foundation
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_error, no_global_randomness, other_global_randomness


@foundation
def finds_under_its_name(validator: Validator, material: Material) -> None:
    """Return Findings under its own name, with unique names and some content."""
    with no_error("when it measures"):
        found = _measured(validator, material.evidence(), material)
    assert isinstance(found, Findings), f"it returns a {type(found).__name__}, not Findings"
    assert found.validator == validator.name, f"its findings are under the name {found.validator!r}"
    names = [finding.name for finding in found.findings]
    assert len(names) == len(set(names)), f"two findings have one name: {names}"
    assert names or found.figures or found.warnings, "it has no findings, and no warning that says why"


def declares_that_it_reads_features(validator: Validator, material: Material) -> None:
    """Read features of the pipeline's extractor only where `uses_pipeline_extractor` says so."""
    validator.measure(material.evidence(), material.context_for(validator))


def findings_come_back_from_json(validator: Validator, material: Material) -> None:
    """Return findings that are equal after writing and reading them as JSON."""
    found = _measured(validator, material.evidence(), material)
    with no_error("when its findings are written as JSON (a chart: json.loads(figure.to_json()))"):
        text = found.model_dump_json()
    assert Findings.model_validate_json(text).model_dump_json() == text, (
        "the findings that are read differ from those written"
    )


def intervals_are_ordered(validator: Validator, material: Material) -> None:
    """Give the lower end of each interval first."""
    found = _measured(validator, material.evidence(), material)
    intervals = [
        (finding.name, finding.interval) for finding in found.findings if finding.interval is not None
    ]
    if found.verdict is not None:
        intervals.append(("the verdict", found.verdict.interval))
    for name, (low, high) in intervals:
        assert not low > high, f"the interval of {name} is reversed: {low} to {high}"


@depends_on("copes_with_an_empty_selection")
def explains_missing_values(validator: Validator, material: Material) -> None:
    """Explain each NaN in a note."""
    for kept in (None, np.zeros(24, dtype=np.bool_)):
        for finding in _measured(validator, material.evidence(kept), material).findings:
            assert not np.isnan(finding.value) or finding.note.strip(), (
                f"{finding.name} is NaN without a note: write why it cannot be measured"
            )


def names_what_exists(validator: Validator, material: Material) -> None:
    """Name classes as the spec does, and samples by their ids."""
    evidence = material.evidence()
    found = _measured(validator, evidence, material)
    for finding in found.findings:
        strange = finding.per_class.keys() - set(material.spec.class_names)
        assert not strange, f"{finding.name} names {sorted(strange)[0]!r}, which is not a class"
    candidates, training = set(evidence.pool.ids.tolist()), set(evidence.train.samples.ids.tolist())
    for pair in [pair for figure in found.figures for pair in figure.pairs]:
        assert pair.candidate in candidates, f"{pair.candidate} is not a candidate"
        assert pair.training in training, f"{pair.training} is not a training sample"
    held_out = (evidence.validation.samples.ids, evidence.test.samples.ids)
    known = candidates | training | {id_ for ids in held_out for id_ in ids.tolist()}
    drawn = {id_ for figure in found.figures for trace in figure.samples for id_ in trace}
    assert drawn <= known, f"{min(drawn - known)}, which a chart draws, is not a sample"


@depends_on("leaves_global_randomness_alone")
def measures_the_same_twice(validator: Validator, material: Material) -> None:
    """Return the same findings for the same evidence and seed."""
    first = _measured(validator, material.evidence(), material)
    with other_global_randomness():
        again = _measured(validator, material.evidence(), material)
    assert digest(again) == digest(first), "the same evidence and seed lead to other findings"


def copes_with_an_empty_selection(validator: Validator, material: Material) -> None:
    """Report what cannot be measured where the selection is empty, and do not raise."""
    with no_error("where no candidate was kept"):
        found = _measured(validator, material.evidence(np.zeros(24, dtype=np.bool_)), material)
    assert found.findings or found.warnings, "it has no findings, and no warning that says why"


def copes_with_a_class_without_candidates(validator: Validator, material: Material) -> None:
    """Measure what is possible where a class has no kept candidate."""
    kept = material.pool().samples.labels != 1
    with no_error("where a class has no kept candidate"):
        _measured(validator, material.evidence(kept), material)


def leaves_the_evidence_alone(validator: Validator, material: Material) -> None:
    """Change nothing in the evidence."""
    evidence = material.evidence()
    before = digest(evidence)
    _measured(validator, evidence, material)
    assert digest(evidence) == before, "measuring changed the views, the pool or the selection"


def leaves_global_randomness_alone(validator: Validator, material: Material) -> None:
    """Neither use nor seed a global random generator."""
    with no_global_randomness("measuring"):
        _measured(validator, material.evidence(), material)


def _measured(validator: Validator, evidence: Evidence, material: Material) -> Findings:
    return validator.measure(evidence, material.context())
