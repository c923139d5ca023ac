#include "simulate/world.h"

#include <array>
#include <vector>

namespace crossguard::simulate {
namespace {

// Shares: of the press release's kind of operation; the last six have no authority in the shipped example. Networks:
// the largest national allocations of 2026 in Debian's tor-geoipdb.
constexpr std::array<Country, 19> kCountries{{
    {"NZ", "New Zealand", 130, 64, 9, 0x7A38, 8, "2404:4400", 720, "en", "nz-police"},
    {"AU", "Australia", 90, 61, 9, 0x0178, 40, "2410:8000", 600, "en", "au-afp"},
    {"AT", "Austria", 50, 43, 10, 0xB270, 4, "2a02:8380", 60, "de", "at-bk"},
    {"CA", "Canada", 70, 1, 10, 0x4640, 20, "2600:1600", -300, "en", "ca-rcmp"},
    {"HR", "Croatia", 30, 385, 9, 0x5D88, 8, "2a13:ca80", 60, "hr", "hr-police"},
    {"CZ", "Czechia", 40, 420, 9, 0x5AB1, 7, "2a02:8300", 60, "cs", "cz-police"},
    {"GR", "Greece", 40, 30, 10, 0x5E40, 8, "2a14:ed00", 120, "el", "gr-police"},
    {"HU", "Hungary", 40, 36, 9, 0x5984, 4, "2a02:ab80", 60, "hu", "hu-nbi"},
    {"SI", "Slovenia", 20, 386, 8, 0xBCC4, 4, "2a14:f480", 60, "sl", "si-police"},
    {"SK", "Slovakia", 20, 421, 9, 0xB228, 2, "2a01:c840", 60, "sk", "sk-police"},
    {"ES", "Spain", 70, 34, 9, 0x5800, 32, "2a02:9000", 60, "es", "es-police"},
    {"GB", "United Kingdom", 110, 44, 10, 0x5680, 64, "2a08:0000", 0, "en", "gb-nca"},
    {"US", "United States", 170, 1, 10, 0x4900, 256, "2601:9000", -360, "en", "us-fbi"},
    {"DE", "Germany", 35, 49, 10, 0x5B00, 60, "2003:3e2", 60, "de", ""},
    {"FR", "France", 25, 33, 9, 0x56C0, 30, "2a01:cec0", 60, "fr", ""},
    {"BR", "Brazil", 20, 55, 11, 0xB36E, 60, "2804:d40", -180, "pt", ""},
    {"JP", "Japan", 15, 81, 10, 0x7E40, 60, "2400:2000", 540, "ja", ""},
    {"NL", "Netherlands", 15, 31, 9, 0x9186, 40, "2001:1c00", 60, "nl", ""},
    {"IN", "India", 10, 91, 10, 0x75C0, 60, "2409:4000", 330, "en", ""},
}};

// North America: numbers 555-0100 to 555-0199 of each area are kept for drama; where they run out, areas with a 9 in
// the middle, which are kept for a longer numbering plan.
constexpr std::array<int, 40> kAreasUs{201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216,
                                       217, 218, 219, 220, 223, 224, 225, 228, 229, 231, 234, 239, 240, 248,
                                       251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 272, 276};
constexpr std::array<int, 26> kAreasCa{204, 226, 236, 249, 250, 289, 306, 343, 365, 403, 416, 418, 431,
                                       437, 438, 450, 506, 514, 519, 548, 579, 581, 587, 604, 613, 647};

constexpr std::array<std::string_view, 40> kWords{
    "amber",   "birch",  "cobalt", "delta",   "ember",  "fjord",  "garnet", "hazel",  "indigo", "jasper",
    "kelp",    "linden", "maple",  "nickel",  "ochre",  "pebble", "quartz", "russet", "slate",  "timber",
    "umber",   "violet", "willow", "xenon",   "yarrow", "zephyr", "basalt", "cedar",  "dune",   "flint",
    "glacier", "harbor", "iris",   "juniper", "lagoon", "meadow", "nebula", "onyx",   "prism",  "ridge"};
constexpr std::array<std::string_view, 6> kMailHosts{"mail.example",  "post.example",    "webmail.example",
                                                     "inbox.example", "letters.example", "north.example"};

template <size_t N>
std::string_view Pick(const std::array<std::string_view, N>& from, SeededRandom& random) {
  return from[random.Below(N)];
}

std::string Digits(uint64_t number, int width) {
  std::string text = std::to_string(number);
  if (text.size() < static_cast<size_t>(width)) text.insert(0, static_cast<size_t>(width) - text.size(), '0');
  return text.substr(text.size() - static_cast<size_t>(width));
}

uint64_t Power10(int exponent) {
  uint64_t out = 1;
  while (exponent-- > 0) out *= 10;
  return out;
}

std::string NorthAmerican(std::span<const int> areas, uint64_t number) {
  const uint64_t area = number % areas.size();
  if (number / areas.size() < 100)
    return "+1" + std::to_string(areas[area]) + "55501" + Digits(number / areas.size(), 2);
  return "+1" + std::to_string(2 + number % 8) + "9" + std::to_string(number / 8 % 10) +
         Digits(2'000'000 + number / 80, 7);
}

std::string HexDigits(SeededRandom& random, size_t count) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < count; ++i) out += kHex[random.Below(16)];
  return out;
}

char LuhnDigit(std::string_view digits) {
  int sum = 0;
  bool twice = true;  // the digit to come stands behind: the last of `digits` counts twice
  for (size_t i = digits.size(); i-- > 0; twice = !twice) {
    int d = digits[i] - '0';
    if (twice && (d *= 2) > 9) d -= 9;
    sum += d;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

struct LanguageTexts {
  std::string_view language;
  std::vector<std::string_view> bios;
  std::string_view statement;  // %s: the country in English; understood by readers of all languages
};

const LanguageTexts& TextsOf(std::string_view language) {
  static const std::vector<LanguageTexts> texts{
      {"en",
       {"I like old maps and the colour of the sea.", "Collector of patterns, tiles and knots.",
        "Music, trains, rain on the window.", ""},
       "I live in %s."},
      {"de",
       {"Ich mag die alten Karten und das Meer, und ich habe auch gern Musik.",
        "Das ist nicht viel, aber ich sammle Muster und Knoten mit der Hand."},
       "Ich wohne in %s."},
      {"hr",
       {"Volim stare karte i boju mora, ali nisam samo za to ovdje jer je to sve što imam.",
        "Skupljam uzorke i čvorove, a to je ono što me veseli kada nisam na putu."},
       "I live in %s."},
      {"cs",
       {"Mám rád staré mapy a barvu moře, ale jsem tady jen když je to možné.",
        "Sbírám vzory a uzly, protože se mi to líbí a není to jen tak."},
       "I live in %s."},
      {"el",
       {"Μου αρέσουν οι παλιοί χάρτες και το χρώμα της θάλασσας.", "Μαζεύω σχέδια και κόμπους από παντού."},
       "I live in %s."},
      {"hu",
       {"Szeretem a régi térképeket és a tenger színét, de nem csak azért vagyok itt, mert ez az egy van.",
        "Mintákat és csomókat gyűjtök, és ez az, ami nekem jó, ha nem vagyok úton."},
       "I live in %s."},
      {"sl",
       {"Rad imam stare zemljevide in barvo morja, ampak nisem samo za to tukaj, ker je to vse.",
        "Zbiram vzorce in vozle, kar je tisto, kar me veseli, ko nisem na poti."},
       "I live in %s."},
      {"sk",
       {"Mám rád staré mapy a farbu mora, ale som tu len keď je to možné.",
        "Zbieram vzory a uzly, pretože sa mi to páči a nie je to len tak."},
       "I live in %s."},
      {"es",
       {"Me gustan los mapas viejos y el color del mar, pero no soy de muchas palabras.",
        "Colecciono dibujos y nudos que me dan las personas con las que viajo."},
       "I live in %s."},
      {"fr",
       {"J'aime les vieilles cartes et la couleur de la mer, mais je ne suis pas souvent dans le port.",
        "Je collectionne des motifs et des nœuds avec les amis que je vois."},
       "J'habite en %s."},
      {"pt",
       {"Gosto de mapas antigos e da cor do mar, mas não sou de muitas palavras.",
        "Coleciono padrões e nós que me dão as pessoas com quem viajo."},
       "I live in %s."},
      {"ja", {"古い地図と海の色が好きです。", "模様と結び目を集めています。"}, "I live in %s."},
      {"nl",
       {"Ik hou van oude kaarten en de kleur van de zee, maar dat is niet alles wat ik heb.",
        "Ik verzamel patronen en knopen die ik van het water meeneem."},
       "I live in %s."},
  };
  for (const LanguageTexts& one : texts) {
    if (one.language == language) return one;
  }
  return texts.front();
}

}  // namespace

std::span<const Country> Countries() {
  return kCountries;
}

const Country& AnyCountry(SeededRandom& random) {
  int64_t at = static_cast<int64_t>(random.Below(1000));
  for (const Country& country : kCountries) {
    if ((at -= country.share) < 0) return country;
  }
  return kCountries.front();
}

const Country* FindCountry(std::string_view code) {
  for (const Country& country : kCountries) {
    if (country.code == code) return &country;
  }
  return nullptr;
}

// Elsewhere: national numbers beginning with 10 (in France 40) are in no range that was given out. 7919 is prime to 10,
// so neighbours in number are no neighbours on the telephone.
std::string PhoneOf(const Country& country, uint64_t number) {
  if (country.code == "US") return NorthAmerican(kAreasUs, number);
  if (country.code == "CA") return NorthAmerican(kAreasCa, number);
  const int digits = country.phone_digits - 2;
  return "+" + std::to_string(country.calling_code) + (country.code == "FR" ? "40" : "10") +
         Digits(number * 7919 % Power10(digits), digits);
}

std::string Mailbox(uint64_t number, SeededRandom& random) {
  const std::string_view joint = std::array<std::string_view, 3>{".", "_", ""}[random.Below(3)];
  return std::string(Pick(kWords, random)) + std::string(joint) + std::string(Pick(kWords, random)) +
         std::to_string(number) + "@" + std::string(Pick(kMailHosts, random));
}

std::string ScreenName(uint64_t number, SeededRandom& random) {
  return std::string(Pick(kWords, random)) + (random.Chance(0.5) ? "_" : "") + std::string(Pick(kWords, random)) +
         std::to_string(number);
}

std::string Ip4(const Country& country, SeededRandom& random) {
  const uint64_t network = country.ip4_first + random.Below(country.ip4_count);
  return std::to_string(network >> 8U) + "." + std::to_string(network & 255U) + "." +
         std::to_string(random.Below(256)) + "." + std::to_string(1 + random.Below(254));
}

std::string Ip6(const Country& country, SeededRandom& random) {
  // No group is zero or begins with one, so that the text is already RFC 5952's.
  const auto group = [&] {
    static constexpr std::string_view kHex = "0123456789abcdef";
    return std::string(1, kHex[1 + random.Below(15)]) + HexDigits(random, 3);
  };
  std::string out(country.ip6 == "2a08:0000" ? "2a08:12" : country.ip6);
  for (int i = 0; i < 6; ++i) out += ":" + group();
  return out;
}

std::string DataCentreIp(SeededRandom& random) {
  return Ip4(*FindCountry(random.Chance(0.6) ? "NL" : "US"), random);
}

Device AnyDevice(SeededRandom& random) {
  switch (random.Below(4)) {
    case 0: {
      std::string imei = "00" + Digits(random.Next(), 12);  // 00: a test body's prefix, on no telephone that was sold
      imei += LuhnDigit(imei);
      return {"IMEI", imei, "imei:" + imei};
    }
    case 1: {
      const std::string id = HexDigits(random, 16);
      return {"Android ID", id, "android:" + id};
    }
    case 2: {
      const std::string id = HexDigits(random, 8) + "-" + HexDigits(random, 4) + "-4" + HexDigits(random, 3) + "-a" +
                             HexDigits(random, 3) + "-" + HexDigits(random, 12);
      std::string upper = id;
      for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c);
      return {"IDFV", upper, "idfv:" + id};
    }
    default: {
      std::string mac = "02";  // locally administered
      for (int i = 0; i < 5; ++i) mac += ":" + HexDigits(random, 2);
      std::string dashed = mac;
      for (char& c : dashed) c = c == ':' ? '-' : c;
      return {"MAC Address", dashed, "mac:" + mac};
    }
  }
}

// Country DE, bank 00000000: check number by ISO 7064, MOD 97-10.
std::string Iban(uint64_t number) {
  const std::string account = "00000000" + Digits(number, 10);
  uint64_t remainder = 0;
  for (const char c : account + "131400") remainder = (remainder * 10 + static_cast<uint64_t>(c - '0')) % 97;
  return "DE" + Digits(98 - remainder, 2) + account;
}

std::string Bio(const Country& country, SeededRandom& random) {
  const LanguageTexts& texts = TextsOf(country.language);
  return std::string(texts.bios[random.Below(texts.bios.size())]);
}

std::string Statement(const Country& country) {
  std::string text(TextsOf(country.language).statement);
  return text.replace(text.find("%s"), 2, country.name);
}

uint64_t Mix(uint64_t a, uint64_t b) {
  uint64_t x = a * 0x9E3779B97F4A7C15U + b + 0x632BE59BD9B4E019U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

}  // namespace crossguard::simulate
