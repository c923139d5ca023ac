#include "match/schemes.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace crossguard::match {
namespace {

struct Row {
  std::string_view scheme;
  std::string_view code;
  Meaning meaning;
};

// Sources: "projectvic_us" and "dhs_legacy" from the category tables that public forensic tools ship for the two
// generations (IPED, iLEAPP; note 0 and 5); "industry_a1b2" from the ESP scale in NCMEC's reporting vocabulary;
// "uk_abc" from the UK sentencing categories A, B, C as the IWF publishes them; "interpol_baseline" from INTERPOL's
// description of the Baseline. National VICS schemes other than the US one are not public.
constexpr std::array kTable{
    Row{"projectvic_us", "0", Meaning::kNonPertinent},   Row{"projectvic_us", "1", Meaning::kAbuseMaterial},
    Row{"projectvic_us", "2", Meaning::kExploitive},     Row{"projectvic_us", "3", Meaning::kDrawnOrGenerated},
    Row{"projectvic_us", "4", Meaning::kComparison},     Row{"projectvic_us", "5", Meaning::kUnclassified},
    Row{"dhs_legacy", "0", Meaning::kUnclassified},      Row{"dhs_legacy", "1", Meaning::kAbuseMaterial},
    Row{"dhs_legacy", "2", Meaning::kExploitive},        Row{"dhs_legacy", "3", Meaning::kDrawnOrGenerated},
    Row{"dhs_legacy", "4", Meaning::kComparison},        Row{"dhs_legacy", "5", Meaning::kNonPertinent},
    Row{"industry_a1b2", "A1", Meaning::kAbuseMaterial}, Row{"industry_a1b2", "A2", Meaning::kAbuseMaterial},
    Row{"industry_a1b2", "B1", Meaning::kAbuseMaterial}, Row{"industry_a1b2", "B2", Meaning::kAbuseMaterial},
    Row{"uk_abc", "A", Meaning::kAbuseMaterial},         Row{"uk_abc", "B", Meaning::kAbuseMaterial},
    Row{"uk_abc", "C", Meaning::kAbuseMaterial},         Row{"interpol_baseline", "baseline", Meaning::kAbuseMaterial},
};

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool IsVersion(std::string_view text) {
  return !text.empty() && text.size() <= 8 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

}  // namespace

std::string_view Text(Meaning meaning) {
  static constexpr std::array<std::string_view, 6> kTexts{"unclassified",       "abuse_material", "exploitive",
                                                          "drawn_or_generated", "comparison",     "non_pertinent"};
  return kTexts[static_cast<size_t>(meaning)];
}

// .../DataModels/2.0.xml/US/$metadata#Media   or   .../DataModels/1.3.xml#Media
SchemeName SchemeOfContext(std::string_view context) {
  SchemeName out;
  const size_t models = Lower(context).find("datamodels/");
  if (models == std::string::npos) return out;
  std::string_view rest = context.substr(models + 11);
  const size_t xml = Lower(rest).find(".xml");
  if (xml == std::string::npos || !IsVersion(rest.substr(0, xml))) return out;
  out.version = std::string(rest.substr(0, xml));
  rest = rest.substr(xml + 4);
  if (rest.starts_with('/')) {
    const std::string_view country = rest.substr(1, std::min(rest.find('/', 1), rest.size()) - 1);
    if (country.size() <= 16 &&
        std::all_of(country.begin(), country.end(), [](unsigned char c) { return std::isalpha(c) != 0; })) {
      out.country = std::string(country);
      std::transform(out.country.begin(), out.country.end(), out.country.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    }
  }
  // 1.x has no country in its address, and both generations of codes were written into it: its codes cannot be told.
  if (out.version.starts_with("2") && out.country == "US") out.id = "projectvic_us";
  return out;
}

Meaning MeaningOf(std::string_view scheme, std::string_view code) {
  for (const Row& row : kTable) {
    if (row.scheme == scheme && Lower(row.code) == Lower(code)) return row.meaning;
  }
  return Meaning::kUnclassified;
}

}  // namespace crossguard::match
