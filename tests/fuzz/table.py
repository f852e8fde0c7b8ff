"""The table of docs/roles.md: what each role may call. A call that the table refuses must never succeed, whatever is sent."""

COLUMNS = ["anonymous", "patient", "receptionist", "doctor", "director", "operator", "elsewhere"]


def read(text):
    """Cells by (operation, role): `ok`, `own` or the status of the refusal."""
    cells = {}
    for line in text.splitlines():
        parts = [part.strip() for part in line.strip().strip("|").split("|")]
        if len(parts) != len(COLUMNS) + 1 or not parts[0].startswith("`"):
            continue
        operation = parts[0].strip("`")
        cells.update({(operation, role): cell for role, cell in zip(COLUMNS, parts[1:])})
    if not cells:
        raise SystemExit("fuzzer: no table of roles was found")
    return cells


def may(cell):
    return cell in ("ok", "own")
