"""Refusals of Entra: OAuth's word, Entra's number, a sentence."""


class SignInError(Exception):
    """A refusal: `error` in OAuth's words, `number` in Entra's, `status` as the token endpoint answers it."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(f"AADSTS{number}: {text}")
        self.status = status
        self.error = error
        self.number = number
        self.text = text


def unproven(number: int, text: str) -> SignInError:
    """The app does not prove that it is the app."""
    return SignInError(401, "invalid_client", number, text)


def missing(name: str) -> SignInError:
    """A parameter that has to be there."""
    return SignInError(400, "invalid_request", 900144, f"The request body must contain the following parameter: '{name}'.")


def malformed() -> SignInError:
    """A value that is none of those there are."""
    return SignInError(400, "invalid_request", 9002313, "Invalid request. Request is malformed or invalid.")


def no_tenant(tenant: str) -> SignInError:
    """A directory that is not there."""
    return SignInError(
        400, "invalid_request", 90002, f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID "
        "and are signing into the correct cloud.",
    )  # fmt: skip


def no_app(name: str, tenant: str) -> SignInError:
    """An app that the directory does not know."""
    return SignInError(
        400, "unauthorized_client", 700016, f"Application with identifier '{name}' was not found in the directory "
        f"'{tenant}'. This can happen if the application has not been installed by the administrator of the tenant.",
    )  # fmt: skip
