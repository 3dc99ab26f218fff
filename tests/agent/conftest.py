"""Agents of a test, ended with it."""
import pytest

from harness.agent import Agent


@pytest.fixture()
def make(server):
    made = []

    def one():
        made.append(Agent(server))
        return made[-1]

    yield one
    for agent in made:
        agent.close()
