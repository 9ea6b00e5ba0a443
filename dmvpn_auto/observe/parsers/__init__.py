"""One module per subject: records of a template in, typed evidence out."""
