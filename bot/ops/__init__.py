"""Operations: self-check, health, logs and metrics."""
