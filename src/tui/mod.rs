//! The terminal interface: actions, keymap, state, panels, overlays, theme.
