"""All planted bugs, in the order in which the page lists them."""

from tools.mutants.patches import Bug
from tools.mutants.planted_core import DELETIONS, FIELDS_AND_CONFLICTS, PRIVACY_AND_MAIL
from tools.mutants.planted_cycle import LOOKING, RECOVERING, REMEMBERING, SENDING
from tools.mutants.planted_wire import CONNECTORS, HOME_AND_UNDO

BUGS: tuple[Bug, ...] = (
    *LOOKING,
    *RECOVERING,
    *SENDING,
    *REMEMBERING,
    *FIELDS_AND_CONFLICTS,
    *DELETIONS,
    *PRIVACY_AND_MAIL,
    *CONNECTORS,
    *HOME_AND_UNDO,
)
