"""Where the stages of a run are carried out."""
