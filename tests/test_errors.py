"""What is kept of a library's error."""

from buffycoat.errors import first_line, named_line


def test_only_the_first_line_is_kept() -> None:
    assert first_line(ValueError("\n bad shape\nset DEBUG=1 to see more")) == "bad shape"
    assert first_line(ValueError("x" * 400)) == "x" * 300
    assert first_line(ValueError("x" * 400), most=10) == "x" * 10


def test_an_error_without_words_is_its_type() -> None:
    assert first_line(MemoryError()) == named_line(MemoryError()) == "MemoryError"
    assert named_line(KeyError("px")) == "KeyError: 'px'"
