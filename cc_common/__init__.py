"""What every part of the Command Center shares: the plant's nouns, its data and its settings. No flask, no torch."""
