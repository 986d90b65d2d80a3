"""Gates: rules of safety of this product alone, which no linter knows. Each proves itself before it is believed."""
