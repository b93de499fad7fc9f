"""Components: base class, references, discovery, registry, identity, schema."""
