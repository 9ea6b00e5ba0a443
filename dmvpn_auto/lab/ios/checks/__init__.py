"""What a router does beyond keeping a line: refusals, side effects and completions, one module per
family.

Each function has the shape its rule field asks for (`rules.Check`, `Reaction`, `Rewrite`,
`Wording`). A check that answers "" ignores the line without a word, as IOS does with some.
"""
