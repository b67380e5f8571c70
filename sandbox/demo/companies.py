"""The demo's companies, all fictitious: enterprise numbers have right check digits in the range 0999."""

from sandbox.records import Administration
from sandbox.ubl.identifiers import belgian_iban, enterprise_number
from sandbox.ubl.model import Address, Party


def _belgian(sequence: int, name: str, street: str, postal_zone: str, city: str) -> Party:
    number = enterprise_number(sequence)
    mailbox = name.split(maxsplit=1)[0].lower().replace("é", "e")
    return Party.belgian(name, number, Address(street, city, postal_zone), f"{mailbox}@example.com")


def _foreign(name: str, vat_number: str | None, endpoint: tuple[str, str], address: Address) -> Party:
    return Party(name, address, endpoint, None, vat_number, "accounts@example.com")


BAKERY = _belgian(1, "Bakkerij Goudkorst BV", "Korenmarkt 12", "9000", "Gent")
BUILDER = _belgian(2, "Bouwwerken Steenhorst BV", "Nijverheidslaan 8", "2200", "Herentals")
STUDIO = _belgian(3, "Atelier Clairmont SRL", "Rue des Tanneurs 31", "5000", "Namur")
ROASTERY = _belgian(4, "Koffiebranderij Duinzicht NV", "Havenstraat 77", "8400", "Oostende")
UNLISTED = _belgian(5, "Drukkerij Zetsel BV", "Letterlaan 3", "3000", "Leuven")

CLIENTS = (BAKERY, BUILDER, STUDIO, ROASTERY)
"""The client companies that the demo's Clearfacts lists."""

MILL = _belgian(20, "Molens Waterloop NV", "Molenweg 4", "9800", "Deinze")
RESTAURANT = _belgian(21, "Brasserie Kade Negen BV", "Graslei 99", "9000", "Gent")
DEVELOPER = _belgian(22, "Projecten Lindehof NV", "Lindelaan 60", "2300", "Turnhout")
ENERGY = _belgian(23, "Stroomvliet Energie NV", "Turbinelaan 1", "1000", "Brussel")
PRESS = _belgian(24, "Dagblad Ochtendpost NV", "Perslaan 15", "1070", "Anderlecht")
SCHOOL = _belgian(25, "Vormingshuis Kompas VZW", "Schoolstraat 5", "8000", "Brugge")
SPORTS_CLUB = _belgian(26, "Sportkring Vrije Baan VZW", "Stadionweg 2", "5000", "Namur").without_vat_number()
MUSEUM = _belgian(27, "Musée des Brumes ASBL", "Quai de Meuse 40", "4000", "Liège")
PLUMBER = _belgian(28, "Sanitair Kraan BV", "Dorpsstraat 18", "2200", "Herentals")

FRENCH_CAFE = _foreign(
    "Cafés Belle Dune SARL",
    "FR66999000011",
    ("9957", "FR66999000011"),
    Address("Rue du Port 6", "Lille", "59000", "FR"),
)
GERMAN_AGENCY = _foreign(
    "Werbeagentur Nordlicht GmbH",
    "DE999000017",
    ("9930", "DE999000017"),
    Address("Hafenweg 9", "Köln", "50667", "DE"),
)
BRITISH_SHOP = _foreign(
    "Harbour Beans Ltd", None, ("9932", "GB999000008"), Address("Quay Street 21", "Bristol", "BS1 4DJ", "GB")
)

DEMO_ADMINISTRATIONS = tuple(
    Administration(client.endpoint[1], client.name, "Sofie Example") for client in CLIENTS
)
"""What the demo's Clearfacts lists."""


def iban_of(party: Party) -> str:
    """A fictitious account for `party`, with right check digits."""
    digits = "".join(character for character in party.endpoint[1] if character.isdigit())
    return belgian_iban(int(digits) % 10**10)
