"""The session as a pure state machine: state, commands, effects, decide."""
