"""Who works at Northwind, whom they sell to, and what stands in their diaries."""

from typing import NamedTuple


class Post(NamedTuple):
    """A place in the company: a person, where they live (IANA zone), and their team."""

    name: str
    zone: str
    team: str


LONDON, BERLIN, NEW_YORK, DENVER, TOKYO = (
    "Europe/London", "Europe/Berlin", "America/New_York", "America/Denver", "Asia/Tokyo",
)  # fmt: skip
# The first of a team leads it; the first of all leads the company.
POSTS = [
    Post("Margaret Okafor", LONDON, "Management"), Post("Jonas Weber", BERLIN, "Management"),
    Post("Ellen Ferris", NEW_YORK, "Management"), Post("Priya Raman", LONDON, "Sales North"),
    Post("Tom Aldridge", LONDON, "Sales North"), Post("Sofia Lindqvist", BERLIN, "Sales North"),
    Post("Daniel Brandt", BERLIN, "Sales North"), Post("Aoife Byrne", "Europe/Dublin", "Sales North"),
    Post("Lukas Novak", "Europe/Prague", "Sales North"), Post("Carmen Ortega", "Europe/Madrid", "Sales South"),
    Post("Marco Bellini", "Europe/Rome", "Sales South"), Post("Inês Carvalho", "Europe/Lisbon", "Sales South"),
    Post("Nikos Papadakis", "Europe/Athens", "Sales South"), Post("Yasmin Haddad", "Europe/Paris", "Sales South"),
    Post("Grace Whitfield", NEW_YORK, "Sales Americas"), Post("Robert Chen", NEW_YORK, "Sales Americas"),
    Post("Maria Delgado", "America/Mexico_City", "Sales Americas"), Post("Kyle Andersen", DENVER, "Sales Americas"),
    Post("Beatriz Souza", "America/Sao_Paulo", "Sales Americas"), Post("Hannah Reid", "America/Los_Angeles", "Sales Americas"),
    Post("Kenji Watanabe", TOKYO, "Sales Pacific"), Post("Mei Lin Tan", "Asia/Singapore", "Sales Pacific"),
    Post("Oliver Hughes", "Australia/Sydney", "Sales Pacific"), Post("Arjun Mehta", "Asia/Kolkata", "Sales Pacific"),
    Post("Petra Vogel", BERLIN, "Service"), Post("Samuel Osei", LONDON, "Service"), Post("Laura Jensen", BERLIN, "Service"),
    Post("Victor Ionescu", "Europe/Bucharest", "Service"), Post("Chloe Martin", "Europe/Paris", "Service"),
    Post("Ben Hartley", DENVER, "Service"),
]  # fmt: skip
ROOMS = {"Room Fjord": LONDON, "Room Harbour": BERLIN, "Room Summit": NEW_YORK}
CUSTOMERS = {
    "Adatum Freight": "adatum.example", "Alpine Ski House": "alpineski.example", "Blue Yonder Air": "blueyonder.example",
    "City Power": "citypower.example", "Coho Vineyard": "cohovineyard.example", "Contoso Pharma": "contoso.example",
    "Fabrikam Tools": "fabrikam.example", "Fourth Coffee": "fourthcoffee.example", "Graphic Institute": "graphic.example",
    "Humongous Insurance": "humongous.example", "Litware Homes": "litware.example", "Lucerne Press": "lucerne.example",
    "Proseware Textiles": "proseware.example", "Tailspin Toys": "tailspin.example", "Wingtip Foods": "wingtip.example",
}  # fmt: skip
CUSTOMER_PEOPLE = [
    "Alma Reyes", "Andrei Popescu", "Anna Kowalska", "Arthur Pell", "Astrid Berg", "Bruno Leclerc", "Carla Moretti",
    "Cedric Baker", "Clara Huang", "David Stern", "Dora Szabo", "Edgar Lowe", "Elif Demir", "Emil Haas", "Erin Walsh",
    "Farid Aziz", "Fiona Grant", "Frank Dietz", "Gina Russo", "Hugo Blanc", "Ida Holm", "Igor Petrov", "Irene Costa",
    "Jack Nolan", "Jana Kral", "Julia Stein", "Karl Voss", "Kate Moran", "Leo Fontaine", "Linda Park", "Lucy Adams",
    "Marek Dvorak", "Mona Saleh", "Nadia Volkova", "Nina Falk", "Omar Said", "Paul Richter", "Quentin Mercier",
    "Rosa Alvarez", "Ruth Cohen", "Simon Page", "Stella Rossi", "Sven Dahl", "Tara Singh", "Theo Lang", "Uma Patel",
    "Vera Novotna", "Walter Kern", "Xenia Markou", "Yann Dubois", "Zoe Clarke", "Peter Marsh", "Olga Sorokina",
]  # fmt: skip
CUSTOMER_MEETINGS = [
    "Contract review", "Demo of the new line", "Kick-off", "Price talks", "Quarterly review", "Renewal", "Site visit",
    "Technical questions", "Workshop", "Get to know each other", "Complaint from last week", "Delivery schedule",
]  # fmt: skip
OWN_WORK = ["Focus time", "Write the forecast", "E-mail and expenses", "Prepare the week", "Read the tenders", "Pipeline clean-up"]
PRIVATE = ["Dentist", "School play", "Physiotherapy", "Pick up the children", "Notary", "Driving test"]
CITIES = {
    "Munich": BERLIN, "Manchester": LONDON, "Chicago": "America/Chicago", "Lisbon": "Europe/Lisbon", "Osaka": TOKYO,
    "Dubai": "Asia/Dubai", "Boston": NEW_YORK, "Auckland": "Pacific/Auckland",
}  # fmt: skip
