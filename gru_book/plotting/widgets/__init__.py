"""Figures with controls: each file holds one, and a function of the file's name that a chapter calls as its last line.

What the function returns is an `Explorer`: a figure at its default settings wherever a notebook is only read or
printed, and the same figure beside live controls where somebody runs the cell.

    leaky_explorer        one share: what is remembered, how smooth, how late    (chapter 01)
    gate_explorer         one unit with its gates held: one step, and many       (chapter 04)
    phase_portrait        where two units go from every state                    (chapter 05)
    truncation_explorer   what windows of tau steps leave of a gradient          (chapter 07)
    convention_switcher   one file of weights, read in several conventions       (chapter 08)
    spectral_explorer     a gradient on its way back through a vanilla RNN       (chapter 03)
    half_life_explorer    how far a gradient reaches, for a bias of the gate     (chapter 09)

Importing this package loads nothing; importing a file of it loads Matplotlib; anywidget loads in a live notebook.
"""
