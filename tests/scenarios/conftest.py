import pytest

from tests.scenarios.cases import FILE, Scenario, scenarios
from tests.scenarios.history import History, make_history


@pytest.fixture(scope="session")
def situations() -> dict[str, Scenario]:
    """All situations, by name."""
    if not FILE.exists():
        pytest.skip("needs the bisection situations in ../shared/scenarios")
    return {each.name: each for each in scenarios()}


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return make_history(tmp_path_factory.mktemp("scenarios") / "history.git")
