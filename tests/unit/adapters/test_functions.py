from __future__ import annotations

import io
from typing import Any

import pytest
from adapters.functions import Functions
from ingestion.errors import (
    AuthorizationRefused,
)


def test_a_failed_function_raises_what_it_raised() -> None:
    class Lambda:
        def invoke(self, **_: Any) -> dict[str, Any]:
            return {
                "FunctionError": "Unhandled",
                "Payload": io.BytesIO(b'{"errorType": "AuthorizationRefused", "errorMessage": "invalid_grant"}'),
            }

    with pytest.raises(AuthorizationRefused, match="invalid_grant"):
        Functions(Lambda()).invoke("authorize", {})
