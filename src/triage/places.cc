#include "triage/places.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>

namespace crossguard {
namespace {

struct Country {
  std::string_view code2;
  std::string_view code3;
  std::string_view name;
};
// ISO 3166-1, with the common English short name.
constexpr auto kCountries = std::to_array<Country>({
    {"AD", "AND", "andorra"},
    {"AE", "ARE", "united arab emirates"},
    {"AF", "AFG", "afghanistan"},
    {"AG", "ATG", "antigua and barbuda"},
    {"AI", "AIA", "anguilla"},
    {"AL", "ALB", "albania"},
    {"AM", "ARM", "armenia"},
    {"AO", "AGO", "angola"},
    {"AQ", "ATA", "antarctica"},
    {"AR", "ARG", "argentina"},
    {"AS", "ASM", "american samoa"},
    {"AT", "AUT", "austria"},
    {"AU", "AUS", "australia"},
    {"AW", "ABW", "aruba"},
    {"AX", "ALA", "åland islands"},
    {"AZ", "AZE", "azerbaijan"},
    {"BA", "BIH", "bosnia and herzegovina"},
    {"BB", "BRB", "barbados"},
    {"BD", "BGD", "bangladesh"},
    {"BE", "BEL", "belgium"},
    {"BF", "BFA", "burkina faso"},
    {"BG", "BGR", "bulgaria"},
    {"BH", "BHR", "bahrain"},
    {"BI", "BDI", "burundi"},
    {"BJ", "BEN", "benin"},
    {"BL", "BLM", "saint barthelemy"},
    {"BM", "BMU", "bermuda"},
    {"BN", "BRN", "brunei"},
    {"BO", "BOL", "bolivia"},
    {"BQ", "BES", "caribbean nl"},
    {"BR", "BRA", "brazil"},
    {"BS", "BHS", "bahamas"},
    {"BT", "BTN", "bhutan"},
    {"BV", "BVT", "bouvet island"},
    {"BW", "BWA", "botswana"},
    {"BY", "BLR", "belarus"},
    {"BZ", "BLZ", "belize"},
    {"CA", "CAN", "canada"},
    {"CC", "CCK", "cocos islands"},
    {"CD", "COD", "democratic republic of the congo"},
    {"CF", "CAF", "central african republic"},
    {"CG", "COG", "republic of the congo"},
    {"CH", "CHE", "switzerland"},
    {"CI", "CIV", "côte d'ivoire"},
    {"CK", "COK", "cook islands"},
    {"CL", "CHL", "chile"},
    {"CM", "CMR", "cameroon"},
    {"CN", "CHN", "china"},
    {"CO", "COL", "colombia"},
    {"CR", "CRI", "costa rica"},
    {"CU", "CUB", "cuba"},
    {"CV", "CPV", "cape verde"},
    {"CW", "CUW", "curaçao"},
    {"CX", "CXR", "christmas island"},
    {"CY", "CYP", "cyprus"},
    {"CZ", "CZE", "czech republic"},
    {"DE", "DEU", "germany"},
    {"DJ", "DJI", "djibouti"},
    {"DK", "DNK", "denmark"},
    {"DM", "DMA", "dominica"},
    {"DO", "DOM", "dominican republic"},
    {"DZ", "DZA", "algeria"},
    {"EC", "ECU", "ecuador"},
    {"EE", "EST", "estonia"},
    {"EG", "EGY", "egypt"},
    {"EH", "ESH", "western sahara"},
    {"ER", "ERI", "eritrea"},
    {"ES", "ESP", "spain"},
    {"ET", "ETH", "ethiopia"},
    {"FI", "FIN", "finland"},
    {"FJ", "FJI", "fiji"},
    {"FK", "FLK", "falkland islands"},
    {"FM", "FSM", "micronesia"},
    {"FO", "FRO", "faroe islands"},
    {"FR", "FRA", "france"},
    {"GA", "GAB", "gabon"},
    {"GB", "GBR", "united kingdom"},
    {"GD", "GRD", "grenada"},
    {"GE", "GEO", "georgia"},
    {"GF", "GUF", "french guiana"},
    {"GG", "GGY", "guernsey"},
    {"GH", "GHA", "ghana"},
    {"GI", "GIB", "gibraltar"},
    {"GL", "GRL", "greenland"},
    {"GM", "GMB", "gambia"},
    {"GN", "GIN", "guinea"},
    {"GP", "GLP", "guadeloupe"},
    {"GQ", "GNQ", "equatorial guinea"},
    {"GR", "GRC", "greece"},
    {"GS", "SGS", "south georgia and the south sandwich islands"},
    {"GT", "GTM", "guatemala"},
    {"GU", "GUM", "guam"},
    {"GW", "GNB", "guinea-bissau"},
    {"GY", "GUY", "guyana"},
    {"HK", "HKG", "hong kong"},
    {"HM", "HMD", "heard island and mcdonald islands"},
    {"HN", "HND", "honduras"},
    {"HR", "HRV", "croatia"},
    {"HT", "HTI", "haiti"},
    {"HU", "HUN", "hungary"},
    {"ID", "IDN", "indonesia"},
    {"IE", "IRL", "ireland"},
    {"IL", "ISR", "israel"},
    {"IM", "IMN", "isle of man"},
    {"IN", "IND", "india"},
    {"IO", "IOT", "british indian ocean territory"},
    {"IQ", "IRQ", "iraq"},
    {"IR", "IRN", "iran"},
    {"IS", "ISL", "iceland"},
    {"IT", "ITA", "italy"},
    {"JE", "JEY", "jersey"},
    {"JM", "JAM", "jamaica"},
    {"JO", "JOR", "jordan"},
    {"JP", "JPN", "japan"},
    {"KE", "KEN", "kenya"},
    {"KG", "KGZ", "kyrgyzstan"},
    {"KH", "KHM", "cambodia"},
    {"KI", "KIR", "kiribati"},
    {"KM", "COM", "comoros"},
    {"KN", "KNA", "saint kitts and nevis"},
    {"KP", "PRK", "north korea"},
    {"KR", "KOR", "south korea"},
    {"KW", "KWT", "kuwait"},
    {"KY", "CYM", "cayman islands"},
    {"KZ", "KAZ", "kazakhstan"},
    {"LA", "LAO", "laos"},
    {"LB", "LBN", "lebanon"},
    {"LC", "LCA", "saint lucia"},
    {"LI", "LIE", "liechtenstein"},
    {"LK", "LKA", "sri lanka"},
    {"LR", "LBR", "liberia"},
    {"LS", "LSO", "lesotho"},
    {"LT", "LTU", "lithuania"},
    {"LU", "LUX", "luxembourg"},
    {"LV", "LVA", "latvia"},
    {"LY", "LBY", "libya"},
    {"MA", "MAR", "morocco"},
    {"MC", "MCO", "monaco"},
    {"MD", "MDA", "moldova"},
    {"ME", "MNE", "montenegro"},
    {"MF", "MAF", "saint martin"},
    {"MG", "MDG", "madagascar"},
    {"MH", "MHL", "marshall islands"},
    {"MK", "MKD", "north macedonia"},
    {"ML", "MLI", "mali"},
    {"MM", "MMR", "myanmar"},
    {"MN", "MNG", "mongolia"},
    {"MO", "MAC", "macau"},
    {"MP", "MNP", "northern mariana islands"},
    {"MQ", "MTQ", "martinique"},
    {"MR", "MRT", "mauritania"},
    {"MS", "MSR", "montserrat"},
    {"MT", "MLT", "malta"},
    {"MU", "MUS", "mauritius"},
    {"MV", "MDV", "maldives"},
    {"MW", "MWI", "malawi"},
    {"MX", "MEX", "mexico"},
    {"MY", "MYS", "malaysia"},
    {"MZ", "MOZ", "mozambique"},
    {"NA", "NAM", "namibia"},
    {"NC", "NCL", "new caledonia"},
    {"NE", "NER", "niger"},
    {"NF", "NFK", "norfolk island"},
    {"NG", "NGA", "nigeria"},
    {"NI", "NIC", "nicaragua"},
    {"NL", "NLD", "netherlands"},
    {"NO", "NOR", "norway"},
    {"NP", "NPL", "nepal"},
    {"NR", "NRU", "nauru"},
    {"NU", "NIU", "niue"},
    {"NZ", "NZL", "new zealand"},
    {"OM", "OMN", "oman"},
    {"PA", "PAN", "panama"},
    {"PE", "PER", "peru"},
    {"PF", "PYF", "french polynesia"},
    {"PG", "PNG", "papua new guinea"},
    {"PH", "PHL", "philippines"},
    {"PK", "PAK", "pakistan"},
    {"PL", "POL", "poland"},
    {"PM", "SPM", "saint pierre and miquelon"},
    {"PN", "PCN", "pitcairn"},
    {"PR", "PRI", "puerto rico"},
    {"PS", "PSE", "palestine"},
    {"PT", "PRT", "portugal"},
    {"PW", "PLW", "palau"},
    {"PY", "PRY", "paraguay"},
    {"QA", "QAT", "qatar"},
    {"RE", "REU", "réunion"},
    {"RO", "ROU", "romania"},
    {"RS", "SRB", "serbia"},
    {"RU", "RUS", "russia"},
    {"RW", "RWA", "rwanda"},
    {"SA", "SAU", "saudi arabia"},
    {"SB", "SLB", "solomon islands"},
    {"SC", "SYC", "seychelles"},
    {"SD", "SDN", "sudan"},
    {"SE", "SWE", "sweden"},
    {"SG", "SGP", "singapore"},
    {"SH", "SHN", "saint helena"},
    {"SI", "SVN", "slovenia"},
    {"SJ", "SJM", "svalbard and jan mayen"},
    {"SK", "SVK", "slovakia"},
    {"SL", "SLE", "sierra leone"},
    {"SM", "SMR", "san marino"},
    {"SN", "SEN", "senegal"},
    {"SO", "SOM", "somalia"},
    {"SR", "SUR", "suriname"},
    {"SS", "SSD", "south sudan"},
    {"ST", "STP", "sao tome and principe"},
    {"SV", "SLV", "el salvador"},
    {"SX", "SXM", "saint maarten"},
    {"SY", "SYR", "syria"},
    {"SZ", "SWZ", "eswatini"},
    {"TC", "TCA", "turks and caicos is"},
    {"TD", "TCD", "chad"},
    {"TF", "ATF", "french southern territories"},
    {"TG", "TGO", "togo"},
    {"TH", "THA", "thailand"},
    {"TJ", "TJK", "tajikistan"},
    {"TK", "TKL", "tokelau"},
    {"TL", "TLS", "east timor"},
    {"TM", "TKM", "turkmenistan"},
    {"TN", "TUN", "tunisia"},
    {"TO", "TON", "tonga"},
    {"TR", "TUR", "turkey"},
    {"TT", "TTO", "trinidad and tobago"},
    {"TV", "TUV", "tuvalu"},
    {"TW", "TWN", "taiwan"},
    {"TZ", "TZA", "tanzania"},
    {"UA", "UKR", "ukraine"},
    {"UG", "UGA", "uganda"},
    {"UM", "UMI", "us minor outlying islands"},
    {"US", "USA", "united states"},
    {"UY", "URY", "uruguay"},
    {"UZ", "UZB", "uzbekistan"},
    {"VA", "VAT", "vatican city"},
    {"VC", "VCT", "saint vincent"},
    {"VE", "VEN", "venezuela"},
    {"VG", "VGB", "british virgin islands"},
    {"VI", "VIR", "us virgin islands"},
    {"VN", "VNM", "vietnam"},
    {"VU", "VUT", "vanuatu"},
    {"WF", "WLF", "wallis and futuna"},
    {"WS", "WSM", "samoa"},
    {"YE", "YEM", "yemen"},
    {"YT", "MYT", "mayotte"},
    {"ZA", "ZAF", "south africa"},
    {"ZM", "ZMB", "zambia"},
    {"ZW", "ZWE", "zimbabwe"},
});

struct Place {
  std::string_view name;
  std::string_view country;
};
// Other names in use, also in the language of the country and in the case that follows "in".
constexpr auto kOtherNames = std::to_array<Place>({
    {"usa", "US"},
    {"u.s.a.", "US"},
    {"u.s.", "US"},
    {"the us", "US"},
    {"the usa", "US"},
    {"the states", "US"},
    {"united states of america", "US"},
    {"the united states", "US"},
    {"america", "US"},
    {"estados unidos", "US"},
    {"uk", "GB"},
    {"the uk", "GB"},
    {"u.k.", "GB"},
    {"the united kingdom", "GB"},
    {"great britain", "GB"},
    {"britain", "GB"},
    {"england", "GB"},
    {"scotland", "GB"},
    {"wales", "GB"},
    {"northern ireland", "GB"},
    {"nz", "NZ"},
    {"aotearoa", "NZ"},
    {"neuseeland", "NZ"},
    {"australien", "AU"},
    {"kanada", "CA"},
    {"österreich", "AT"},
    {"oesterreich", "AT"},
    {"deutschland", "DE"},
    {"schweiz", "CH"},
    {"der schweiz", "CH"},
    {"suisse", "CH"},
    {"svizzera", "CH"},
    {"españa", "ES"},
    {"espana", "ES"},
    {"italia", "IT"},
    {"italy", "IT"},
    {"hrvatska", "HR"},
    {"hrvatskoj", "HR"},
    {"slovenija", "SI"},
    {"sloveniji", "SI"},
    {"slovensko", "SK"},
    {"slovensku", "SK"},
    {"czechia", "CZ"},
    {"czech republic", "CZ"},
    {"the czech republic", "CZ"},
    {"česko", "CZ"},
    {"česku", "CZ"},
    {"české republice", "CZ"},
    {"magyarország", "HU"},
    {"magyarországon", "HU"},
    {"ελλάδα", "GR"},
    {"hellas", "GR"},
    {"polska", "PL"},
    {"polsce", "PL"},
    {"nederland", "NL"},
    {"the netherlands", "NL"},
    {"holland", "NL"},
    {"belgië", "BE"},
    {"belgique", "BE"},
    {"sverige", "SE"},
    {"danmark", "DK"},
    {"norge", "NO"},
    {"suomi", "FI"},
    {"suomessa", "FI"},
    {"românia", "RO"},
    {"romania", "RO"},
    {"türkiye", "TR"},
    {"turkey", "TR"},
    {"brasil", "BR"},
    {"méxico", "MX"},
    {"the philippines", "PH"},
    {"uae", "AE"},
    {"the uae", "AE"},
    {"russian federation", "RU"},
    {"viet nam", "VN"},
    {"ivory coast", "CI"},
    {"macedonia", "MK"},
    {"eire", "IE"},
});
// Cities that are known for one country. Names that several large places share (London, Perth, Birmingham, Hamilton
// ...) are left out.
constexpr auto kCities = std::to_array<Place>({
    {"auckland", "NZ"},   {"wellington", "NZ"},    {"christchurch", "NZ"}, {"dunedin", "NZ"},      {"tauranga", "NZ"},
    {"sydney", "AU"},     {"melbourne", "AU"},     {"brisbane", "AU"},     {"adelaide", "AU"},     {"canberra", "AU"},
    {"toronto", "CA"},    {"vancouver", "CA"},     {"montreal", "CA"},     {"ottawa", "CA"},       {"calgary", "CA"},
    {"winnipeg", "CA"},   {"new york", "US"},      {"los angeles", "US"},  {"chicago", "US"},      {"houston", "US"},
    {"seattle", "US"},    {"san francisco", "US"}, {"philadelphia", "US"}, {"denver", "US"},       {"manchester", "GB"},
    {"liverpool", "GB"},  {"glasgow", "GB"},       {"edinburgh", "GB"},    {"leeds", "GB"},        {"cardiff", "GB"},
    {"belfast", "GB"},    {"vienna", "AT"},        {"wien", "AT"},         {"graz", "AT"},         {"linz", "AT"},
    {"salzburg", "AT"},   {"innsbruck", "AT"},     {"zagreb", "HR"},       {"zagrebu", "HR"},      {"split", "HR"},
    {"rijeka", "HR"},     {"osijek", "HR"},        {"prague", "CZ"},       {"praha", "CZ"},        {"praze", "CZ"},
    {"brno", "CZ"},       {"ostrava", "CZ"},       {"athens", "GR"},       {"thessaloniki", "GR"}, {"αθήνα", "GR"},
    {"budapest", "HU"},   {"debrecen", "HU"},      {"szeged", "HU"},       {"győr", "HU"},         {"ljubljana", "SI"},
    {"ljubljani", "SI"},  {"maribor", "SI"},       {"mariboru", "SI"},     {"madrid", "ES"},       {"barcelona", "ES"},
    {"sevilla", "ES"},    {"seville", "ES"},       {"bilbao", "ES"},       {"berlin", "DE"},       {"hamburg", "DE"},
    {"munich", "DE"},     {"münchen", "DE"},       {"cologne", "DE"},      {"köln", "DE"},         {"frankfurt", "DE"},
    {"zürich", "CH"},     {"zurich", "CH"},        {"geneva", "CH"},       {"paris", "FR"},        {"lyon", "FR"},
    {"marseille", "FR"},  {"rome", "IT"},          {"roma", "IT"},         {"milan", "IT"},        {"milano", "IT"},
    {"naples", "IT"},     {"amsterdam", "NL"},     {"rotterdam", "NL"},    {"utrecht", "NL"},      {"brussels", "BE"},
    {"antwerp", "BE"},    {"warsaw", "PL"},        {"warszawa", "PL"},     {"warszawie", "PL"},    {"krakow", "PL"},
    {"kraków", "PL"},     {"lisbon", "PT"},        {"lisboa", "PT"},       {"stockholm", "SE"},    {"copenhagen", "DK"},
    {"oslo", "NO"},       {"helsinki", "FI"},      {"dublin", "IE"},       {"bucharest", "RO"},    {"bratislava", "SK"},
    {"bratislave", "SK"}, {"belgrade", "RS"},      {"sofia", "BG"},        {"kyiv", "UA"},         {"moscow", "RU"},
    {"istanbul", "TR"},   {"ankara", "TR"},        {"tokyo", "JP"},        {"seoul", "KR"},        {"beijing", "CN"},
    {"bangkok", "TH"},    {"manila", "PH"},        {"jakarta", "ID"},      {"mumbai", "IN"},       {"delhi", "IN"},
    {"tel aviv", "IL"},   {"cairo", "EG"},         {"nairobi", "KE"},      {"johannesburg", "ZA"}, {"cape town", "ZA"},
    {"sao paulo", "BR"},  {"são paulo", "BR"},     {"mexico city", "MX"},  {"buenos aires", "AR"}, {"bogota", "CO"},
    {"lima", "PE"},
});

// What makes the words behind it a statement of where someone lives.
constexpr auto kStatements = std::to_array<std::string_view>({
    "i live in",   "i'm living in", "i am living in", "living in",  "lives in",     "i am from",   "i'm from",
    "im from",     "i come from",   "based in",       "located in", "ich wohne in", "ich lebe in", "ich komme aus",
    "wohne in",    "lebe in",       "vivo en",        "soy de",     "vivo in",      "abito a",     "abito in",
    "j'habite en", "j'habite à",    "j'habite au",    "je vis en",  "je vis au",    "ik woon in",  "moro em",
    "moro no",     "mieszkam w",    "bydlím v",       "žiju v",     "živim u",      "živim v",     "žijem v",
    "jag bor i",   "jeg bor i",     "μένω στην",      "μένω στο",
});
// Directly before the statement, within so many bytes, these take it back: wishes, the past, denials, someone else.
constexpr size_t kDenialWindowBytes = 24;
constexpr auto kDenials = std::to_array<std::string_view>({
    "not",      "never",       "don't",   "dont",     "used to", "want to", "wanna",     "wish", "would", "would like",
    "dream of", "dreaming of", "hope to", "formerly", "friend",  "nicht",   "no longer", "if",   "no",    "ne",
});

struct Language {
  std::string_view code;
  std::vector<std::string_view> words;  // frequent, short, and rare in the neighbours
  std::vector<std::string_view> countries;
};
const std::vector<Language>& Languages() {
  static const std::vector<Language> languages{
      {"hu", {"és", "hogy", "vagyok", "nem", "egy", "szia", "élek", "csak"}, {"HU"}},
      {"cs", {"jsem", "jsou", "není", "být", "také", "jako", "ahoj", "že"}, {"CZ"}},
      {"sk", {"som", "sú", "nie", "ako", "tiež", "ahoj", "že", "iba"}, {"SK"}},
      {"sl", {"sem", "tudi", "lahko", "kje", "ampak", "živim", "nisem", "kako"}, {"SI"}},
      {"hr", {"sam", "nisam", "što", "gdje", "tko", "živim", "samo", "kako"}, {"HR", "BA", "RS", "ME"}},
      {"pl", {"jestem", "jest", "nie", "się", "że", "tylko", "cześć", "mieszkam"}, {"PL"}},
      {"de", {"ich", "und", "nicht", "bin", "ist", "aus", "mein", "wohne"}, {"DE", "AT", "CH"}},
      {"es",
       {"soy", "vivo", "pero", "para", "los", "una", "hola", "muy"},
       {"ES", "MX", "CO", "AR", "PE", "CL", "VE", "EC", "US"}},
      {"it", {"sono", "vivo", "non", "che", "per", "della", "ciao", "molto"}, {"IT", "CH"}},
      {"fr", {"je", "suis", "et", "pas", "les", "une", "avec", "bonjour"}, {"FR", "BE", "CH", "CA"}},
      {"pt", {"eu", "sou", "não", "você", "uma", "moro", "muito", "olá"}, {"BR", "PT", "AO", "MZ"}},
      {"nl", {"ik", "ben", "niet", "een", "het", "woon", "hallo", "maar"}, {"NL", "BE"}},
      {"sv", {"jag", "och", "inte", "är", "bor", "hej", "mycket"}, {"SE", "FI"}},
      {"fi", {"olen", "minä", "ja", "ei", "mutta", "asun", "hei"}, {"FI"}},
      {"ro", {"sunt", "și", "nu", "din", "este", "locuiesc", "salut"}, {"RO", "MD"}},
      {"tr", {"ben", "ve", "bir", "değil", "çok", "merhaba", "yaşıyorum"}, {"TR"}},
  };
  return languages;
}

struct Script {
  uint32_t first;
  uint32_t last;
  std::string_view language;
  std::vector<std::string_view> countries;
};
const std::vector<Script>& Scripts() {
  static const std::vector<Script> scripts{
      {0x0370, 0x03FF, "el", {"GR"}},
      {0x0400, 0x04FF, "script:cyrl", {"RU", "UA", "BG", "BY", "RS", "KZ", "MK"}},
      {0x0530, 0x058F, "hy", {"AM"}},
      {0x0590, 0x05FF, "he", {"IL"}},
      {0x0600, 0x06FF, "script:arab", {"EG", "SA", "IQ", "MA", "DZ", "IR", "PK"}},
      {0x0E00, 0x0E7F, "th", {"TH"}},
      {0x10A0, 0x10FF, "ka", {"GE"}},
      {0x3040, 0x30FF, "ja", {"JP"}},
      {0x4E00, 0x9FFF, "script:hani", {"CN", "TW", "HK", "SG", "JP"}},
      {0xAC00, 0xD7AF, "ko", {"KR"}},
  };
  return scripts;
}

bool IsWordByte(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u >= 0x80;
}

// Position behind `word` if the text has it at `at` as whole words; npos otherwise.
size_t WordEnds(std::string_view text, size_t at, std::string_view word) {
  if (text.substr(at, word.size()) != word) return std::string_view::npos;
  const size_t end = at + word.size();
  return end < text.size() && IsWordByte(text[end]) && IsWordByte(word.back()) ? std::string_view::npos : end;
}

using Names = std::unordered_map<std::string_view, std::string_view>;
const Names& NamesToCountries() {
  static const Names names = [] {
    Names out;
    for (const Country& country : kCountries) out.emplace(country.name, country.code2);
    for (const Place& place : kOtherNames) out.emplace(place.name, place.country);
    return out;
  }();
  return names;
}
const Names& CitiesToCountries() {
  static const Names names = [] {
    Names out;
    for (const Place& place : kCities) out.emplace(place.name, place.country);
    return out;
  }();
  return names;
}

// The longest country or city name that begins at `at`, of up to five words.
std::string PlaceAt(std::string_view text, size_t at) {
  std::string found;
  size_t end = at;
  for (int words = 0; words < 5 && end < text.size(); ++words) {
    while (end < text.size() && (IsWordByte(text[end]) || text[end] == '.' || text[end] == '-' || text[end] == '\''))
      ++end;
    std::string_view candidate = text.substr(at, end - at);
    for (int trim = 0; trim < 2; ++trim) {
      for (const Names* names : {&NamesToCountries(), &CitiesToCountries()}) {
        if (const auto it = names->find(candidate); it != names->end()) found = it->second;
      }
      if (!candidate.ends_with('.')) break;
      candidate.remove_suffix(1);
    }
    if (end >= text.size() || text[end] != ' ') break;
    ++end;
  }
  return found;
}

bool TakenBack(std::string_view text, size_t statement_at) {
  const size_t from = statement_at > kDenialWindowBytes ? statement_at - kDenialWindowBytes : 0;
  std::string_view before = text.substr(from, statement_at - from);
  if (const size_t stop = before.find_last_of(".!?;,\n"); stop != std::string_view::npos)
    before.remove_prefix(stop + 1);
  return std::ranges::any_of(kDenials, [&](std::string_view word) { return HasWord(before, word); });
}

// Of the code points that two UTF-8 bytes hold; the lower one needs two bytes as well.
uint32_t LowerPoint(uint32_t c) {
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;                          // Latin-1
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c + c % 2;  // pairs that begin with an odd one
  if (c >= 0x100 && c <= 0x177 && c != 0x130 && c != 0x138) return c | 1U;         // Latin Extended-A
  if (c == 0x218 || c == 0x21A) return c + 1;                                      // Romanian S and T with comma
  if (c == 0x386) return 0x3AC;                                                    // Greek with tonos
  if (c >= 0x388 && c <= 0x38A) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (c == 0x38E || c == 0x38F) return c + 63;
  if (c >= 0x391 && c <= 0x3A9) return c + 32;  // Greek
  if (c >= 0x410 && c <= 0x42F) return c + 32;  // Cyrillic
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

std::string Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '.')) text.remove_suffix(1);
  return std::string(text);
}

LanguageHint HintOf(std::string_view language, const std::vector<std::string_view>& countries) {
  return {std::string(language), {countries.begin(), countries.end()}};
}

// Counts the code points of each script; the most frequent one, if it has at least four and half of all letters beyond
// ASCII.
const Script* MainScript(std::string_view text) {
  std::vector<size_t> counts(Scripts().size());
  size_t others = 0;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t point = length == 1 ? lead : length == 2 ? lead & 0x1FU : length == 3 ? lead & 0x0FU : lead & 0x07U;
    for (size_t k = 1; k < length && i + k < text.size(); ++k)
      point = (point << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    i += length;
    if (point < 0x80) continue;
    const auto script =
        std::ranges::find_if(Scripts(), [&](const Script& one) { return one.first <= point && point <= one.last; });
    if (script == Scripts().end())
      ++others;
    else
      ++counts[static_cast<size_t>(script - Scripts().begin())];
  }
  const auto most = std::ranges::max_element(counts);
  return *most >= 4 && *most >= others ? &Scripts()[static_cast<size_t>(most - counts.begin())] : nullptr;
}

}  // namespace

std::string Lower(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    const auto lead = static_cast<unsigned char>(out[i]);
    if (lead >= 'A' && lead <= 'Z') out[i] = static_cast<char>(lead + 32);
    if (lead < 0xC3 || lead > 0xD1 || i + 1 == out.size() || (static_cast<unsigned char>(out[i + 1]) & 0xC0U) != 0x80U)
      continue;
    const uint32_t point = LowerPoint(((lead & 0x1FU) << 6U) | (static_cast<unsigned char>(out[i + 1]) & 0x3FU));
    out[i] = static_cast<char>(0xC0U | (point >> 6U));
    out[i + 1] = static_cast<char>(0x80U | (point & 0x3FU));
    ++i;
  }
  return out;
}

bool HasWord(std::string_view lower_text, std::string_view word) {
  if (word.empty()) return false;
  for (size_t at = 0; (at = lower_text.find(word, at)) != std::string_view::npos; ++at) {
    if ((at == 0 || !IsWordByte(lower_text[at - 1])) && WordEnds(lower_text, at, word) != std::string_view::npos)
      return true;
  }
  return false;
}

std::string CountryFromText(std::string_view text) {
  const std::string lower = Trimmed(Lower(text));
  static const std::unordered_map<std::string, std::string_view> codes = [] {
    std::unordered_map<std::string, std::string_view> out;
    for (const Country& country : kCountries) {
      out.emplace(Lower(country.code2), country.code2);
      out.emplace(Lower(country.code3), country.code2);
    }
    return out;
  }();
  if (const auto code = codes.find(lower); code != codes.end()) return std::string(code->second);
  const auto it = NamesToCountries().find(lower);
  return it == NamesToCountries().end() ? "" : std::string(it->second);
}

std::string CountryOfCity(std::string_view city) {
  const auto it = CitiesToCountries().find(Trimmed(Lower(city)));
  return it == CitiesToCountries().end() ? "" : std::string(it->second);
}

std::vector<PlaceStatement> FindPlaceStatements(std::string_view text) {
  constexpr size_t kStatementsMax = 8;
  const std::string lower = Lower(text);
  std::vector<PlaceStatement> out;
  for (const std::string_view pattern : kStatements) {
    for (size_t at = 0; (at = lower.find(pattern, at)) != std::string::npos; ++at) {
      if (at > 0 && IsWordByte(lower[at - 1])) continue;
      const size_t end = WordEnds(lower, at, pattern);
      if (end == std::string_view::npos || end >= lower.size() || lower[end] != ' ' || TakenBack(lower, at)) continue;
      const std::string country = PlaceAt(lower, end + 1);
      const bool seen = std::ranges::any_of(out, [&](const PlaceStatement& one) { return one.country == country; });
      if (country.empty() || seen) continue;
      out.push_back({country, std::string(pattern)});
      if (out.size() == kStatementsMax) return out;
    }
  }
  return out;
}

LanguageHint DetectLanguage(std::string_view text) {
  if (const Script* script = MainScript(text)) return HintOf(script->language, script->countries);
  const std::string lower = Lower(text);
  const Language* best = nullptr;
  int best_hits = 0;
  int second_hits = 0;
  for (const Language& language : Languages()) {
    int hits = 0;
    int different = 0;
    for (const std::string_view word : language.words) {
      int here = 0;
      for (size_t at = 0; (at = lower.find(word, at)) != std::string::npos; ++at) {
        if ((at == 0 || !IsWordByte(lower[at - 1])) && WordEnds(lower, at, word) != std::string_view::npos) ++here;
      }
      hits += here;
      different += here > 0 ? 1 : 0;
    }
    if (different < 2) continue;
    if (hits > best_hits) {
      second_hits = best_hits;
      best_hits = hits;
      best = &language;
    } else {
      second_hits = std::max(second_hits, hits);
    }
  }
  if (best == nullptr || best_hits < 3 || best_hits == second_hits) return {};
  return HintOf(best->code, best->countries);
}

LanguageHint LanguageFromTag(std::string_view tag) {
  const std::string lower = Trimmed(Lower(tag));
  const size_t dash = lower.find_first_of("-_");
  const std::string code = lower.substr(0, dash);
  if (dash != std::string::npos) {
    const std::string region = lower.substr(dash + 1);
    const std::string country = region.size() == 2 ? CountryFromText(region) : "";
    if (!country.empty()) return {lower, {country}};
  }
  for (const Language& language : Languages()) {
    if (language.code == code) return HintOf(language.code, language.countries);
  }
  for (const Script& script : Scripts()) {
    if (script.language == code) return HintOf(script.language, script.countries);
  }
  return {};
}

}  // namespace crossguard
