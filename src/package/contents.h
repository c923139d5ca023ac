// The smaller parts of a bag: spreadsheet rows, the VICS-shaped list, handling, and the summary for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/authority.h"
#include "package/account_facts.h"
#include "package/case_jsonld.h"

namespace crossguard {

std::string CsvHeader();
// One RFC 4180 line. A cell that a spreadsheet would run (= + - @ tab) gets a leading apostrophe.
std::string CsvRow(const nlohmann::json& account);

// "https://.../2.0.xml/Default/..."-shaped list of media. Category stays null: only a person or the recipient's own
// scheme says it.
nlohmann::json VicsMedia(const Gathered::MediaFile& media, int64_t number, bool with_file);
std::string VicsHead();
// The name of a file in data/files: media id and an extension by content, never by the stranger's name.
std::string MediaFileName(const package_rows::MediaRow& media);

struct Handling {
  std::vector<std::string> codes;  // sorted
  std::string grade;
  Instant as_of;
  std::map<std::string, int64_t> left_out;  // accounts that may not go (yet), by reason code
  std::string follows;                      // id of the package that held accounts of this one back
};
nlohmann::json HandlingFacts(const CaseFrame& frame, const Gateway& gateway, const Handling& handling);

// What the summary shows of one account; the builder keeps the 50 most urgent.
struct SummaryLine {
  std::string id, service, identifier, band, lane, country, reasons;
  int64_t priority = 0, actionability = 0, files = 0, known = 0, partner_hits = 0, confidence = 0, mentions = 0;
};
constexpr size_t kSummaryAccountsMax = 50;
constexpr size_t kSummaryServicesMax = 30;  // the rest are counted together
constexpr size_t kSummaryTextMax = 200;     // characters of a stranger's text; all of it stands in accounts.json

class Summary {
 public:
  void Take(const nlohmann::json& account);
  // Escaped, self-contained HTML: tables and numbers, no imagery, no scripts, nothing from outside.
  std::string Html(const CaseFrame& frame, const std::string& package_id, const Gateway& gateway,
                   const Handling& handling, int64_t media_count) const;

 private:
  std::vector<SummaryLine> top_;
  int64_t accounts_ = 0, urgent_ = 0, with_files_ = 0, with_known_ = 0, with_partner_hits_ = 0, contradicted_ = 0;
  std::map<std::string, int64_t> bands_, services_;
};

// Characters that one does not see, or that change how others are seen (control characters, direction marks, joiners),
// are shown by their number, "[U+202E]"; line ends and tabs are spaces.
std::string EscapeHtml(std::string_view text);

}  // namespace crossguard
