"""The code with which a document is refused."""

import pytest
from curation.errors import RefusedError


def refusal(function, *arguments, **named):
    with pytest.raises(RefusedError) as raised:
        function(*arguments, **named)
    return raised.value.code
