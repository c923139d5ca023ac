#include "app/reading.h"

#include <algorithm>

#include "examine/kernel/kind.h"
#include "register/label_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

// Each copy's own name beside what the content is: a renamed file is a fact worth seeing. An empty one is of no kind.
json WithNamesJudged(json file) {
  const std::string kind = file["state"] == "empty" ? "" : file["kind"].get<std::string>();
  for (json& copy : file["copies"]) {
    const std::string member = copy["member_path"].get<std::string>();
    copy["name_fits_kind"] = examine::NameFits(member.empty() ? copy["path"].get<std::string>() : member, kind);
  }
  return file;
}

Result<json> RecordOf(const Reader& reader, std::string_view noun, const std::string& id) {
  if (noun == "account") return ShowAccount(reader.db, reader.viewer, id);
  if (noun == "subject") return ShowSubject(reader.db, reader.viewer, id);
  if (noun == "file") return WithNamesJudged(TRY(ShowFile(reader.db, reader.viewer, id)));
  if (noun == "package") return ShowPackage(reader.db, reader.viewer, id);
  return Fail(Code::kInvalid, "Only account, subject, file and package can be shown.");
}

std::vector<Membership> MembershipsFrom(AccessRows access) {
  std::vector<Membership> out;
  for (auto& row : access.granted) {
    out.push_back({std::move(row.compartment), MembershipKind::kGranted, row.from, row.until});
  }
  for (auto& row : access.glass) {
    out.push_back({std::move(row.compartment), MembershipKind::kGlass, row.from, row.until});
  }
  for (std::string& id : access.open) {
    out.push_back({.compartment = std::move(id), .kind = MembershipKind::kOpen, .from = Instant{INT64_MIN}});
  }
  return out;
}

}  // namespace

Result<Reader> ReadAs(Database& db, const AuthorityBook& book, const std::string& officer, Instant now,
                      std::string_view purpose) {
  const Officer* const known = book.FindOfficer(officer);
  if (known == nullptr || officer.empty()) {
    return Fail(Code::kDenied, "The authority book knows no officer of this id; ask a supervisor to enter one.");
  }
  const uint32_t roles = RolesOf(*known);
  if (!HoldsRoleFor(roles, DataAct::kRead))
    return Fail(Code::kDenied, "Officer " + officer + " has no role for looking; ask an officer who has.");
  uint32_t acts = 0;
  for (size_t i = 0; i < Words<DataAct>::kTexts.size(); ++i) {
    if (HoldsRoleFor(roles, static_cast<DataAct>(i))) acts |= ActBit(static_cast<DataAct>(i));
  }
  PolicySubject subject{.authority = book.self, .officer = officer, .roles = roles};
  subject.memberships = MembershipsFrom(TRY(AccessOf(db, officer)));
  Viewer viewer = TRY(Viewer::Load(db, {.house = book.self,
                                        .authority = book.self,
                                        .officer = officer,
                                        .acts_with_role = acts,
                                        .now = now,
                                        .purpose = std::string(purpose)}));
  return Reader{.db = db,
                .subject = std::move(subject),
                .context = {.now = now, .purpose = std::string(purpose)},
                .viewer = std::move(viewer)};
}

Decision Judge(const Reader& reader, DataAct act, const DatumLabels& labels) {
  PolicyContext context = reader.context;
  context.may_be_minor = labels.may_be_minor;
  Decision out{.rule = kDefaultDeny};
  uint32_t obligations = 0;
  for (const auto& way : labels.ways) {
    Decision here{.permit = !way.empty(), .rule = kDefaultDeny};
    uint32_t bits = 0;
    for (const Labels& one : way) {
      const Decision decision = Decide(reader.subject, act, one, context);
      if (here.permit) here.rule = decision.rule;
      here.permit = here.permit && decision.permit;
      for (const Obligation obligation : decision.obligations) bits |= ObligationBit(obligation);
    }
    if (here.permit) obligations |= bits;
    if (!out.permit) {
      out.permit = here.permit;
      out.rule = here.rule;
    }
  }
  for (size_t i = 0; out.permit && i < Words<Obligation>::kTexts.size(); ++i) {
    const auto one = static_cast<Obligation>(i);
    if ((obligations & ObligationBit(one)) != 0) out.obligations.push_back(one);
  }
  return out;
}

std::vector<std::string> TextsToShow(const DatumLabels& labels) {
  std::vector<std::string> out;
  for (const auto& way : labels.ways) {
    for (const Labels& one : way) {
      const bool obliges = std::ranges::find(one.handling, HandlingCode::kH3) != one.handling.end();
      if (obliges && std::ranges::find(out, one.handling_text) == out.end()) out.push_back(one.handling_text);
    }
  }
  return out;
}

Result<Record> ReadRecord(const Reader& reader, std::string_view noun, const std::string& id) {
  json record = TRY(RecordOf(reader, noun, id));
  Record out{.id = record["id"].get<std::string>()};
  // A thing is checked twice, from two sides: the predicate let it through, the kernel must agree.
  const DatumLabels labels = TRY(LabelsOn(reader.db, reader.viewer, noun, out.id));
  out.decision = Judge(reader, DataAct::kRead, labels);
  if (!out.decision.permit) {
    return Fail(Code::kNotFound,
                "No " + std::string(noun) + " is named '" + id + "'; take an id from a list, a queue or a package.");
  }
  json obligations = json::array();
  for (const Obligation one : out.decision.obligations) obligations.push_back(Text(one));
  record["may"] = {{"rule", out.decision.rule}, {"obligations", obligations}, {"text", TextsToShow(labels)}};
  out.json = std::move(record);
  return out;
}

}  // namespace crossguard
