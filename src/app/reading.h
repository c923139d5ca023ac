// Reading as a named officer: who looks, and what the register answers to them. No leaf is written here; a desk that
// must record the look does (app/desk.h, app/access_desk.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "custody/policy.h"
#include "model/authority.h"
#include "register/datum_labels.h"
#include "register/desk_rows.h"

namespace crossguard {

// One officer at one moment, with one purpose. Made anew for each answer.
struct Reader {
  Database& db;
  PolicySubject subject;
  PolicyContext context;
  Viewer viewer;
};

// kDenied for an officer whom the book does not know, or who holds no role for looking.
Result<Reader> ReadAs(Database& database, const AuthorityBook& book, const std::string& officer, Instant now,
                      std::string_view purpose = "operational_analysis");

// May the reader do it with this datum: the kernel's word, over every set of labels that bears on it. Permits if some
// way to the datum permits; the obligations are of all ways that do.
Decision Judge(const Reader& reader, DataAct act, const DatumLabels& labels);
// "H3 ..." texts that must be shown, of the sets of labels that oblige to it.
std::vector<std::string> TextsToShow(const DatumLabels& labels);

struct Record {
  std::string id;
  Decision decision;
  nlohmann::json json;  // with "may": {"rule","obligations","text"}
};
// account, subject, file or package; kInvalid for another noun. kNotFound, in the same words, for what is not there and
// for what the reader may not see.
Result<Record> ReadRecord(const Reader& reader, std::string_view noun, const std::string& id);

}  // namespace crossguard
