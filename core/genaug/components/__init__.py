"""What a plugin is and how it is found: base class, references, discovery, registry, identity, schema."""
