"""Small faults to plant in C: what tests/mutate flips, and where.

Works on the text as clang-format leaves it: an operator between blanks is a binary one, a statement
that fits a line ends it with a semicolon. What is wrong for a place does not compile and is dropped.
"""
import collections
import re

# start and end are offsets into the file's text.
Mutant = collections.namedtuple("Mutant", "path line start end replacement kind")

FLIPPED = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",),
    "!=": ("==",), "&&": ("||",), "||": ("&&",), "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",),
    "%": ("/",), "&": ("|",), "|": ("&",), "<<": (">>",), ">>": ("<<",), "+=": ("-=",),
    "-=": ("+=",), "|=": ("&=",), "&=": ("|=",),
}
# Messages and leaks: what they say is for people, and AddressSanitizer sees what is not freed.
UNHEARD = re.compile(r"\s*(?:\(void\))?(?:log_\w+|f?printf|fputs|fputc|puts|\w*free\w*|\w*close\w*"
                     r"|\w+_release|assert)\s*\(")
HIDDEN = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'
                    |^[ \t]*\#(?:\\\n|[^\n])*""", re.DOTALL | re.MULTILINE | re.VERBOSE)
BINARY = re.compile(r"(?<=[\w)\]] )(" + "|".join(
    re.escape(operator) for operator in sorted(FLIPPED, key=len, reverse=True)) + r")(?=[ \n])")
STEP = re.compile(r"\+\+|--")
NOT = re.compile(r"(?<![\w)])!(?=[\w(])")
NUMBER = re.compile(r"(?<![\w.])(\d+)(?=[uUlL]*(?![\w.]))")
CONDITION = re.compile(r"\b(?:if|while) \(")
STATEMENT = re.compile(r"(?<=^)\t+((?:\([^()]*\))?[*(\w][^;{}\n]*;)$", re.MULTILINE)
DECLARATION = re.compile(r"\s*(?:hm_\w+\(|return\b|goto\b|case\b|else\b|struct\b|const\b|static\b|unsigned\b"
                         r"|(?:enum|char|int|bool|long|s?size_t|u?int\d+_t|FILE|void)\s)")
FAILURE = re.compile(r"(?<=return )(-E[A-Z]+|-errno)(?=;)")


def visible(text):
    """@text with comments, strings and preprocessor lines blanked out, of the same length."""
    return HIDDEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def closing(code, at):
    """Where the parenthesis that opens at @at closes."""
    depth = 0
    for i in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if depth == 0:
            return i
    return at


def tokens(code):
    for match in BINARY.finditer(code):
        for replacement in FLIPPED[match[1]]:
            yield match.start(1), match.end(1), replacement, "operator"
    for match in STEP.finditer(code):
        yield match.start(), match.end(), {"++": "--", "--": "++"}[match[0]], "step"
    for match in NOT.finditer(code):
        yield match.start(), match.end(), "", "negation"
    for match in NUMBER.finditer(code):
        value = int(match[1])
        for other in {value + 1, max(value - 1, 0)} - {value}:
            yield match.start(1), match.end(1), str(other), "constant"
    for match in FAILURE.finditer(code):
        yield match.start(1), match.end(1), "0", "failure"


def statements(code):
    for match in CONDITION.finditer(code):
        begin, end = match.end(), closing(code, match.end() - 1)
        if "\n" in code[begin:end]:
            continue
        yield begin, end, f"!({code[begin:end]})", "condition"
        if match[0].startswith("if"):
            yield begin, end, "0", "condition"
    for match in STATEMENT.finditer(code):
        if not UNHEARD.match(match[1]) and not DECLARATION.match(match[1]):
            yield match.start(1), match.end(1), ";", "statement"


def mutants(path, text):
    """Every mutant of a file, in the order of the text."""
    code = visible(text)
    found = []
    for start, end, replacement, kind in [*tokens(code), *statements(code)]:
        if kind == "condition":  # with its strings
            replacement = replacement.replace(code[start:end], text[start:end])
        found.append(Mutant(path, text.count("\n", 0, start) + 1, start, end, replacement, kind))
    return sorted(found, key=lambda mutant: (mutant.start, mutant.end, mutant.replacement))


def apply(text, mutant):
    return text[:mutant.start] + mutant.replacement + text[mutant.end:]


def difference(text, mutant):
    """The line before and after."""
    number = mutant.line - 1
    return (f"-{text.splitlines()[number]}\n"
            f"+{apply(text, mutant).splitlines()[number]}")
