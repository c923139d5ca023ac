#include "register/datum_labels.h"

#include "base/error.h"
#include "base/json.h"
#include "register/label_rows.h"

namespace crossguard {
namespace {

struct Way {
  std::string operation, submission;
};

// Rows (operation id, submission id or '') through which the viewer sees the datum ?1.
std::string WaysSql(const Sight& see, std::string_view noun) {
  const std::string through =
      " JOIN submission s ON s.submission_key=x.submission_key JOIN operation o ON "
      "o.operation_key=s.operation_key WHERE ";
  const std::string seen = " AND " + see.Submission("s.submission_key");
  if (noun == "operation")
    return "SELECT o.id, '' FROM operation o WHERE o.id=?1 AND " + see.Operation("o.operation_key");
  if (noun == "package") {
    return "SELECT o.id, '' FROM package p JOIN operation o USING (operation_key) WHERE p.id=?1 AND " +
           see.Package("p.package_key");
  }
  if (noun == "submission") return "SELECT o.id, s.id FROM submission x" + through + "s.id=?1" + seen;
  if (noun == "account") {
    return "SELECT DISTINCT o.id, s.id FROM account a JOIN account_mention m ON m.account_key=a.account_key JOIN "
           "report x ON x.report_key=m.report_key" +
           through + "a.id=?1 AND " + see.Account("a.account_key") + seen + " ORDER BY 1, 2";
  }
  if (noun == "subject") {
    return "SELECT DISTINCT o.id, s.id FROM subject b JOIN subject_account u ON u.subject_key=b.subject_key JOIN "
           "account_mention m ON m.account_key=u.account_key JOIN report x ON x.report_key=m.report_key" +
           through + "b.id=?1 AND " + see.Subject("b.subject_key") + seen + " ORDER BY 1, 2";
  }
  if (noun == "case") {
    return "SELECT coalesce((SELECT o.id FROM operation o WHERE o.name=c.operation),''), '' FROM national_case c WHERE "
           "c.id=?1 AND " +
           see.Case("c.case_key");
  }
  if (noun == "outcome") {
    return "SELECT coalesce((SELECT o.id FROM operation o WHERE o.name=r.operation),''), '' FROM outcome_report r "
           "WHERE r.id=?1 AND " +
           see.Outcome("r.report_key");
  }
  CHECK(noun == "file");
  return "SELECT DISTINCT o.id, s.id FROM media d JOIN media_copy c ON c.media_key=d.media_key JOIN exhibit_item x ON "
         "x.item_key=c.item_key" +
         through + "d.id=?1 AND " + see.Media("d.media_key") + seen + " ORDER BY 1, 2";
}

// What the account itself says of its holder.
Status AddPerson(Database& db, std::string_view id, DatumLabels& out) {
  return db.Each(
      "SELECT CASE WHEN ever_victim THEN 'victim' ELSE category END, minor='may_be_minor' FROM account WHERE id=?1",
      [&](const SqlRow& row) -> Status {
        const auto category = FromText<DataSubjectCategory>(row.TextView(0));
        if (!category)
          return Fail(Code::kCorrupt, "A row of table account has no known category; restore the register.");
        out.may_be_minor = row.Bool(1);
        for (auto& way : out.ways) {
          for (Labels& labels : way) labels.category = *category;
        }
        return {};
      },
      id);
}

}  // namespace

Labels DatumLabels::Joined() const {
  CHECK(!ways.empty());
  std::optional<Labels> out;
  for (const auto& way : ways) {
    for (const Labels& labels : way) out = out ? Join(*out, labels) : labels;
  }
  CHECK(out.has_value());
  return *out;
}

Result<DatumLabels> LabelsOn(Database& db, const Viewer& viewer, std::string_view noun, std::string_view id) {
  DatumLabels out;
  if (noun == "contribution") {
    Labels labels = TRY(LabelsOfContribution(db, id));
    out.ways.push_back({std::move(labels)});
    return out;
  }
  std::vector<Way> found;
  TRY(db.Each(
      WaysSql(viewer.To(DataAct::kRead), noun),
      [&](const SqlRow& row) -> Status {
        found.push_back({row.Text(0), row.Text(1)});
        return {};
      },
      id));
  const auto own = TRY(OwnLabels(db, noun, id));
  for (const Way& way : found) {
    std::vector<Labels> on_way;
    on_way.push_back(TRY(LabelsOfOperation(db, viewer.facts().house, way.operation)));
    if (!way.submission.empty() && noun != "submission") {
      if (auto of_submission = TRY(OwnLabels(db, "submission", way.submission)))
        on_way.push_back(std::move(*of_submission));
    }
    out.ways.push_back(std::move(on_way));
  }
  if (noun == "account") TRY(AddPerson(db, id, out));  // before its own labels: those say a category themselves
  if (own && noun != "operation") {                    // an operation's own are those of LabelsOfOperation
    for (auto& way : out.ways) way.push_back(*own);
  }
  return out;
}

Result<std::vector<Labels>> LabelsCarriedBy(Database& db, std::string_view package_id) {
  std::vector<Labels> out;
  TRY(db.Each(
      "WITH carried(account_key) AS (SELECT x.account_key FROM package_account x JOIN package p USING (package_key) "
      "WHERE p.id=?1) SELECT DISTINCT l.labels FROM label l JOIN labelled d USING (label_key) WHERE "
      "(d.noun='account' AND d.noun_id IN (SELECT a.id FROM carried JOIN account a USING (account_key))) OR "
      "(d.noun='submission' AND d.noun_id IN (SELECT s.id FROM carried JOIN account_mention m USING (account_key) JOIN "
      "report r USING (report_key) JOIN submission s ON s.submission_key=r.submission_key)) OR "
      "(d.noun='file' AND d.noun_id IN (SELECT e.id FROM carried JOIN file_details f USING (account_key) JOIN "
      "exhibit_item i ON i.item_key=f.media_item_key JOIN media e ON e.sha256=i.sha256)) ORDER BY l.label_key",
      [&](const SqlRow& row) -> Status {
        auto labels = ParseLabels(ParseJson(row.TextView(0)));
        if (!labels) return Fail(Code::kCorrupt, "A row of table label has an impossible value; restore the register.");
        out.push_back(std::move(*labels));
        return {};
      },
      package_id));
  return out;
}

}  // namespace crossguard
