"""Whether, when and how loudly a person hears of a finding."""
