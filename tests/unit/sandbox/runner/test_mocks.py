"""Mocks that the test gives to the program: called and read over there, asserted over here, and never forged."""

import pytest
from talking import assert_passes, case, grade

from coderm.sandbox.runner import constants

PROGRAM = """
class Shop:
    def __init__(self, gateway, clock=None):
        self.gateway, self.clock = gateway, clock

    def pay(self, amount):
        try:
            answer = self.gateway.charge(amount, currency='EUR')
        except ConnectionError:
            return 'offline'
        self.gateway.last = amount
        return answer['status']

    def log(self, line):
        print(line)

    def close(self):
        self.log('closed')
        with self.gateway.session() as session:
            session.end(self.clock.now())

    def names(self):
        return [item.upper() for item in self.gateway], len(self.gateway), self.gateway['x']

def each(callback, items):
    return [callback(item) for item in items]

def helper():
    return 1

def ask():
    return helper() + 1
"""
TOP = "from unittest import mock\nfrom unittest.mock import ANY, MagicMock, Mock, call, sentinel\n"
HONEST = {
    "a mock as an argument": (
        "gateway = MagicMock()",
        "gateway.charge.return_value = {'status': 'ok'}",
        "self.assertEqual(Shop(gateway).pay(5), 'ok')",
        "gateway.charge.assert_called_once_with(5, currency='EUR')",
        "self.assertEqual(gateway.last, 5)",
        "self.assertEqual(gateway.mock_calls, [call.charge(5, currency=ANY)])",
    ),
    "an exception of a mock": (
        "gateway = Mock()",
        "gateway.charge.side_effect = [ConnectionError('x'), {'status': 'late'}]",
        "shop = Shop(gateway)",
        "self.assertEqual([shop.pay(1), shop.pay(2)], ['offline', 'late'])",
        "self.assertEqual(gateway.charge.call_count, 2)",
    ),
    "a mock in place of a method": (
        "shop = Shop(MagicMock(), mock.Mock(**{'now.return_value': 7}))",
        "shop.log = Mock()",
        "shop.close()",
        "shop.log.assert_called_once_with('closed')",
        "self.assertTrue(shop.log.called)",
        "shop.gateway.session().__enter__().end.assert_called_once_with(7)",
    ),
    "special methods": (
        "gateway = MagicMock()",
        "gateway.__iter__.return_value = iter(['a', 'b'])",
        "gateway.__len__.return_value = 2",
        "gateway.__getitem__.return_value = 'y'",
        "self.assertEqual(Shop(gateway).names(), (['A', 'B'], 2, 'y'))",
    ),
    "a mock as a callback": (
        "callback = Mock(side_effect=lambda x: x * 2)",
        "self.assertEqual(each(callback, [1, 2]), [2, 4])",
        "callback.assert_has_calls([call(1), call(2)])",
    ),
    "a value that is only itself": (
        "self.assertEqual(each(Mock(return_value=sentinel.one), [1]), [sentinel.one])",
        "gateway = Mock()",
        "self.assertIs(Shop(gateway).gateway, gateway)",
    ),
    "a mock in place of a function": ("import solution", "solution.helper = Mock(return_value=4)", "self.assertEqual(ask(), 5)"),
}


@pytest.mark.parametrize("name", HONEST)
def test_a_mock_is_used_over_there_and_asserted_over_here(name):
    assert_passes(PROGRAM, *HONEST[name], top=TOP)


def test_a_program_that_does_not_call_it_fails():
    lines = ("gateway = Mock()", "gateway.charge.return_value = {'status': 'ok'}", "self.assertEqual(Shop(gateway).pay(5), 'ok')")
    wrong = PROGRAM.replace("(amount, currency='EUR')", "(amount)")
    test = TOP + case(*lines, "gateway.charge.assert_called_once_with(5, currency='EUR')")
    assert grade(wrong, test) == [constants.FAILED]


SUBSTITUTES = {
    "in place of a result": ("self.assertTrue(shop.pay().startswith('ok'))",),
    "in place of an attribute": ("self.assertTrue(shop.state['ok'])",),
    "inside a container": ("self.assertTrue(shop.all()[0] & 4)",),
    "in place of an argument": (
        "seen = []",
        "shop.tell(lambda line: seen.append(line.startswith('a')))",
        "self.assertTrue(seen[0])",
    ),
}


@pytest.mark.parametrize("name", SUBSTITUTES)
def test_a_mock_agrees_to_everything_and_so_is_no_value_of_the_program(name):
    program = (
        "class Shop:\n    def __init__(self, gateway):\n        self.gateway = self.state = gateway\n"
        "    def pay(self):\n        return self.gateway\n    def all(self):\n        return [self.gateway]\n"
        "    def tell(self, callback):\n        callback(self.gateway)\n"
    )
    top = (
        "gateway = MagicMock()",
        "shop = Shop(gateway)",
        "self.assertIs(shop.gateway, gateway)",
        "shop.gateway.x.assert_not_called()",
    )
    assert grade(program, TOP + case(*top, *SUBSTITUTES[name])) == [constants.UNSERVED]
    assert grade(program, TOP + case(*top)) == [constants.PASSED]


FORGED = {
    "its own assertions in place of the mock's": (
        "class Yes:\n    def __getattr__(self, name):\n        return self\n    def __call__(self, *args):\n        return None\n"
        "class Shop:\n    def __init__(self, gateway):\n        self.gateway = Yes()\n    def pay(self):\n        pass\n"
    ),
    "an object in place of a mock's attribute": (
        "class Yes:\n    def assert_called_once_with(self, *args):\n        pass\n"
        "class Shop:\n    def __init__(self, gateway):\n        self.gateway = gateway\n    def pay(self):\n"
        "        self.gateway.charge = Yes()\n"
    ),
    "the count of the calls": (
        "class Shop:\n    def __init__(self, gateway):\n        self.gateway = gateway\n    def pay(self):\n"
        "        self.gateway.charge(5)\n        self.gateway.charge(6)\n        self.gateway.charge.reset_mock()\n"
        "        self.gateway.charge(5)\n"
    ),
    "an assertion of the mock": (
        "class Shop:\n    def __init__(self, gateway):\n        self.gateway = gateway\n    def pay(self):\n"
        "        self.gateway.charge.assert_called_once_with = lambda *args: None\n"
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_the_test_asserts_of_a_mock_cannot_be_forged(name):
    lines = ("gateway = Mock()", "shop = Shop(gateway)", "shop.pay()", "shop.gateway.charge.assert_called_once_with(5)")
    assert grade(FORGED[name], TOP + case(*lines)) == [constants.UNSERVED]
