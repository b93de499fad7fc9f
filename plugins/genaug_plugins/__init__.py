"""The built-ins of genaug: one plugin package among others, one component a module."""
