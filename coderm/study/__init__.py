"""The study: which selection rule and which gain model are worth switching on, measured on recorded problems with labels."""
