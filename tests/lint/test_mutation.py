"""tests/mutate plants what it says, and nothing in comments, strings and preprocessor lines."""
import pytest

import mutation


def planted(text):
    return {mutation.apply(text, mutant) for mutant in mutation.mutants("a.c", text)}


@pytest.mark.parametrize("before, after", [
    ("\treturn a < b;\n", "\treturn a <= b;\n"),
    ("\treturn a < b;\n", "\treturn a >= b;\n"),
    ("\treturn a == b && c;\n", "\treturn a != b && c;\n"),
    ("\treturn a == b && c;\n", "\treturn a == b || c;\n"),
    ("\treturn n - 1;\n", "\treturn n + 1;\n"),
    ("\treturn n - 1;\n", "\treturn n - 0;\n"),
    ("\tn += 2;\n", "\tn -= 2;\n"),
    ("\tn++;\n", "\tn--;\n"),
    ("\treturn !a;\n", "\treturn a;\n"),
    ("\treturn -ENOMEM;\n", "\treturn 0;\n"),
    ("\tif (f(a))\n", "\tif (!(f(a)))\n"),
    ("\tif (f(a))\n", "\tif (0)\n"),
    ('\tif (is(a, "x"))\n', '\tif (!(is(a, "x")))\n'),
    ("\tput(a, b);\n", "\t;\n"),
    ("\t*ret = a;\n", "\t;\n"),
])
def test_plants(before, after):
    assert after in planted(before)


@pytest.mark.parametrize("text", [
    "/* a < b, 1 + 1 */\n",
    "#define A (1 + 1)\n#include <a.h>\n",
    '\tconst char *text = "a < 1";\n',
    "\tstruct a *b, **c;\n",
    "\tlog_error(a);\n",
    "\tfree(a);\n",
])
def test_lets_be(text):
    assert planted(text) == set()


def test_says_the_line():
    text = "a\n/*\n*/\n\treturn b;\n\tc = d;\n"
    [mutant] = mutation.mutants("a.c", text)
    assert mutant.line == 5
    assert mutation.difference(text, mutant) == "-\tc = d;\n+\t;"
