#!/usr/bin/env python3
"""What the guides name is there: links and paths, commands of `reeve` with their options, variables, targets of make.
`check_docs.py ROOT` reads the tables of the command line, so it needs no build; prints a line for each finding and ends with 1 when
there is one."""
import pathlib
import re
import subprocess
import sys

ELSEWHERE = ("build/", "var/")  # made by building and running
PROGRAM = re.compile(r"(?:^|[|;&(]|sudo|exec) *(?:[A-Z_]+=\S+ )*(?:build/\w+/)?reeve ((?:[a-z][a-z-]*\s+)*[a-z][a-z-]*)?((?:(?![|;&#`]|\$\().)*)")
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*[a-z])")


def tracked(root):
    """What git knows or would, the finished tree of a package without git."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True, check=False)
    names = done.stdout.splitlines() if done.returncode == 0 else [str(path.relative_to(root)) for path in root.rglob("*")]
    return [name for name in names if (root / name).is_file() and not name.startswith(ELSEWHERE)]


def commands_of(root):
    """Command -> its options, from the table of src/cli/main.c and the macro before it. Those that must be given have a ! at their end."""
    text = (root / "src/cli/main.c").read_text()
    store = re.search(r'#define STORE "([^"]*)"', text).group(1)
    rows = re.findall(r'^    \{ "([a-z-]+)", (?:NULL|"([a-z -]+)"), ".*?", ((?:STORE)? ?(?:"[^"]*")?), \w+ \},$', text, re.M)
    commands = {f"{first} {second}".strip(): {word.split("=")[0] for word in taken.replace("STORE", store).replace('"', "").split()} for first, second, taken in rows}
    assert len(commands) > 30, "the table of commands is not read any more"
    return commands


def plain(taken):
    return {option.rstrip("!") for option in taken}


def options_of(root, commands):
    """All options: those of `reeve`, and of the scripts under bench/ that the guides tell of."""
    scripts = "".join(path.read_text() for path in [root / "bench/run", *root.glob("bench/*.py")])
    return set().union(*map(plain, commands.values()), re.findall(r'"--([a-z-]+)"', scripts), ("help", "version"))


def headings(text):
    """Anchors as GitHub makes them."""
    lines = re.findall(r"^#+ +(.*)$", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M), re.M)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


def check_links(root, name, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (root / name).parent / path if path else root / name
        if not file.exists():
            yield f"the link {target} leads nowhere"
        elif anchor and anchor not in headings(file.read_text()):
            yield f"the link {target} names no heading of it"


def check_paths(root, name, text, tops):
    """`docs/x.md` in code: from the root, from src/, or from the folder of the guide. NAME.md stands for others."""
    sources = re.findall(r"(?<![\w./])([a-z_]+/[a-z_/]+\.[ch])\b", text)
    for code in [*re.findall(r"`([\w.-]+/[\w./*-]*)`", text), *sources]:
        if code.split("/")[0] not in tops or code.startswith(ELSEWHERE) or re.search("[A-Z]{3}", code):
            continue
        if not any(list(base.glob(code.rstrip("/"))) for base in (root, root / "src", (root / name).parent)):
            yield f"the path {code} is not there"


def code_of(text):
    """Lines of blocks, joined where a backslash ends them, and what stands between single marks; and whether it is the first."""
    for block in re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.S | re.M):
        yield from ((line, True) for line in re.sub(r"\\\n\s*", " ", block).splitlines())
    yield from ((code, False) for code in re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.S | re.M)))


def check_command(words, rest, whole, commands):
    """A call of `reeve`: its longest words that are a command, and the options behind them; all that are needed when it stands in a block."""
    parts = words.split()
    found = next((" ".join(parts[:n]) for n in range(len(parts), 0, -1) if " ".join(parts[:n]) in commands), None)
    if found is None:
        group = any(command.startswith(f"{words} ") for command in commands)
        return [] if group or parts[0] == "help" else [f'"reeve {words}" is no command']
    given = OPTION.findall(rest)
    needed = [option[:-1] for option in commands[found] if option.endswith("!") and option[:-1] not in given]
    missing = [f'"reeve {found}" needs --{option}' for option in needed] if whole and "--help" not in rest else []
    return missing + [f'"reeve {found}" has no option --{option}' for option in given if option not in plain(commands[found]) | {"help"}]


def check_code(text, commands, options, targets):
    for line, whole in code_of(text):
        line = re.sub(r"(^|\s)#\s.*", "", line)
        if line.lstrip().startswith("--"):  # an option that the text tells of
            yield from (f"--{option} is no option" for option in OPTION.findall(line)[:1] if option not in options)
        for words, rest in PROGRAM.findall(line):
            if words and not re.match(r"\.\w|[:=]", rest):
                yield from check_command(words, rest, whole, commands)
        made = re.match(r"(?:[A-Z_]+=\S+ )*make ([a-z-]+)(?:\s|$)", line)
        if made and made.group(1) not in targets:
            yield f'"make {made.group(1)}" is no target'


def check_variables(text, options, scripts):
    for variable in sorted(set(re.findall(r"\bREEVE_[A-Z_]*[A-Z]\b", text))):
        if variable[6:].lower().replace("_", "-") not in options and variable not in scripts:
            yield f"the variable {variable} is read nowhere"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    files = tracked(root)
    guides = [name for name in files if name.endswith(".md")]
    scripts = "".join((root / name).read_text(errors="replace") for name in files if name.startswith(("tools/", "tests/", "packaging/", "bench/", "Makefile")) and not name.endswith(".md"))
    commands = commands_of(root)
    options = options_of(root, commands)
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.M))
    tops = {"src"} | {part for name in files for part in re.findall(r"^(?:src/)?([\w.-]+)/", name)}
    found = []
    for name in guides:
        text = (root / name).read_text()
        faults = [*check_links(root, name, text), *check_paths(root, name, text, tops), *check_code(text, commands, options, targets), *check_variables(text, options, scripts)]
        found += [f"{name}: {fault}" for fault in dict.fromkeys(faults)]
    print("\n".join(found) or f"docs: {len(guides)} guides, nothing found")
    return bool(found)


sys.exit(main())
