import pytest
from toys import Toy


@pytest.fixture
def toy() -> Toy:
    return Toy()
