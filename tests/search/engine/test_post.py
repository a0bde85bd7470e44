"""Figures on their way to the driver: none is lost with an answer, and none comes twice."""

from buffycoat.search.engine.post import Post


def test_a_call_that_is_repeated_leaves_one_figure_and_loses_none():
    post = Post()
    assert [post.leave(3, 1, 0.5), post.leave(3, 1, 0.5), post.leave(4, 1, 0.7)] == [False] * 3
    read, figures = post.since(("", 0))
    assert figures == post.since(("", 0))[1] == [(3, 1, 0.5), (4, 1, 0.7)]
    post.leave(3, 2, 0.6)
    assert post.since(read)[1] == [(3, 2, 0.6)]
    assert post.since(post.since(read)[0])[1] == []


def test_what_was_read_of_a_post_says_nothing_of_another():
    first, second = Post(), Post()
    first.leave(1, 1, 0.1)
    second.leave(1, 2, 0.2)
    assert second.since(first.since(("", 0))[0])[1] == [(1, 2, 0.2)]


def test_a_job_that_was_given_up_hears_it_with_its_next_figure():
    post = Post()
    post.give_up(2)
    assert post.leave(2, 5, 0.1)
    assert not post.leave(1, 5, 0.1)
