#include "register/visibility.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "model/canonical.h"
#include "model/labels.h"

namespace crossguard {
namespace {

using Texts = std::vector<std::string>;

// Where the predicate finds the labels: SQL expressions, never NULL but for release_to.
struct LabelColumns {
  std::string owner, consenters, purposes, handling, category, release_to, compartments, may_be_minor;
};

// Everything that is asked of the viewer, as one row that the statement joins.
constexpr std::string_view kViewerRow =
    "WITH viewer(house,authority,officer,now,purpose,recipient,gateway,permits,two,role,minor) AS "
    "(SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11) ";

const LabelColumns& OfLabel() {
  static const LabelColumns kColumns = {"l.owner",    "l.consenters", "l.purposes",     "l.handling",
                                        "l.category", "l.release_to", "l.compartments", "viewer.minor"};
  return kColumns;
}

// An operation without labels of its own bears the default (model/labels.h, OperationLabels).
const LabelColumns& OfOperation() {
  static const LabelColumns kColumns = [] {
    const Labels basis = OperationLabels("", "");
    int64_t purposes = 0;
    int64_t handling = 0;
    for (const std::string& one : basis.purposes) purposes |= PurposeBit(one);
    for (const HandlingCode code : basis.handling) handling |= int64_t{1} << static_cast<int>(code);
    const auto either = [](const char* column, const std::string& otherwise) {
      return "CASE WHEN l.label_key IS NULL THEN " + otherwise + " ELSE l." + column + " END";
    };
    return LabelColumns{either("owner", "viewer.house"),
                        either("consenters", "json_array(viewer.house)"),
                        either("purposes", std::to_string(purposes)),
                        either("handling", std::to_string(handling)),
                        either("category", "'" + std::string(Text(basis.category)) + "'"),
                        "l.release_to",
                        either("compartments", "json_array(o.id)"),
                        "0"};
  }();
  return kColumns;
}

// A contribution without labels of its own bears those of its columns (label_rows.h, LabelsOfContribution).
const LabelColumns& OfContribution() {
  static const LabelColumns kColumns = [] {
    const auto either = [](const char* column, const std::string& otherwise) {
      return "CASE WHEN l.label_key IS NULL THEN " + otherwise + " ELSE l." + column + " END";
    };
    std::string purposes = "CASE c.purpose";
    for (const char* one : {"cross_check", "strategic_analysis", "operational_analysis", "facilitate_exchange"})
      purposes += std::string(" WHEN '") + one + "' THEN " + std::to_string(PurposeBit(one));
    purposes += " ELSE 0 END";
    std::string handling = "(SELECT coalesce(sum(CASE h.value";
    for (size_t i = 0; i < Words<HandlingCode>::kTexts.size(); ++i)
      handling += " WHEN '" + std::string(Words<HandlingCode>::kTexts[i]) + "' THEN " + std::to_string(1 << i);
    handling += " ELSE 0 END),0) FROM (SELECT DISTINCT value FROM json_each(c.handling)) h)";
    return LabelColumns{either("owner", "c.owner"),
                        either("consenters", "json_array(c.owner)"),
                        either("purposes", purposes),
                        either("handling", handling),
                        either("category", "'" + std::string(Text(DataSubjectCategory::kSuspect)) + "'"),
                        "l.release_to",
                        either("compartments", "'[]'"),
                        "0"};
  }();
  return kColumns;
}

// A case without labels of its own is the house's, and its compartment closes with the first member.
const LabelColumns& OfCase() {
  static const LabelColumns kColumns = [] {
    LabelColumns out = OfOperation();
    out.compartments =
        "CASE WHEN l.label_key IS NOT NULL THEN l.compartments WHEN EXISTS (SELECT 1 FROM membership m WHERE "
        "m.compartment=c.id) THEN json_array(c.id) ELSE '[]' END";
    return out;
  }();
  return kColumns;
}

std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string Listed(const std::string& list, const std::string& what) {
  return "EXISTS (SELECT 1 FROM json_each(" + list + ") e WHERE e.value=" + what + ")";
}

// k.value: one compartment.
constexpr std::string_view kGranted =
    "EXISTS (SELECT 1 FROM membership m WHERE m.compartment=k.value AND m.officer=viewer.officer AND "
    "m.valid_from<=viewer.now AND (m.valid_until IS NULL OR viewer.now<m.valid_until))";
constexpr std::string_view kGlass =
    "EXISTS (SELECT 1 FROM break_glass b WHERE b.compartment=k.value AND b.officer=viewer.officer AND "
    "b.valid_from<=viewer.now AND viewer.now<b.valid_until)";
constexpr std::string_view kOpen =
    "(EXISTS (SELECT 1 FROM operation q WHERE q.id=k.value) AND NOT EXISTS (SELECT 1 FROM membership m WHERE "
    "m.compartment=k.value))";

std::string Unmet(const std::string& compartments, const std::string& how) {
  return "EXISTS (SELECT 1 FROM json_each(" + compartments + ") k WHERE NOT (" + how + "))";
}

std::string Bears(const LabelColumns& at, HandlingCode code) {
  return "(((" + at.handling + ") & " + std::to_string(1 << static_cast<int>(code)) + ")<>0)";
}

std::string FactSql(Fact fact, const LabelColumns& at) {
  const std::string by_name = std::string(kGranted) + " OR " + std::string(kOpen);
  const std::string any = by_name + " OR " + std::string(kGlass);
  switch (fact) {
    case Fact::kHasRole:
      return "viewer.role";
    case Fact::kOwner:
      return "((" + at.owner + ")<>'' AND (" + at.owner + ")=viewer.authority)";
    case Fact::kNamed:
      return Listed(at.release_to, "viewer.authority");
    case Fact::kPurpose:
      return "(((" + at.purposes + ") & viewer.purpose)<>0)";
    case Fact::kMember:
      return "(NOT " + Unmet(at.compartments, any) + ")";
    case Fact::kByGlass:
      return "(NOT " + Unmet(at.compartments, any) + " AND " + Unmet(at.compartments, by_name) + ")";
    case Fact::kConsent:
      return "((" + at.consenters + ")<>'[]' AND NOT EXISTS (SELECT 1 FROM json_each(" + at.consenters +
             ") e WHERE e.value<>viewer.authority AND NOT EXISTS (SELECT 1 FROM json_each(viewer.permits) p WHERE "
             "p.value=e.value)))";
    case Fact::kH1:
      return Bears(at, HandlingCode::kH1);
    case Fact::kH2:
      return Bears(at, HandlingCode::kH2);
    case Fact::kH3:
      return Bears(at, HandlingCode::kH3);
    case Fact::kProtected:
      return "((" + at.category + ") IN ('victim','witness','informant'))";
    case Fact::kUnresolvedMinor:
      return "((" + at.category + ")='unresolved' AND (" + at.may_be_minor + "))";
    case Fact::kOperational:
      return "(viewer.purpose=" + std::to_string(PurposeBit("operational_analysis")) + ")";
    case Fact::kReleaseListed:
      return "((" + at.release_to + ") IS NOT NULL)";
    case Fact::kRecipientOwner:
      return "((" + at.owner + ")<>'' AND (" + at.owner + ")=viewer.recipient)";
    case Fact::kRecipientNamed:
      return Listed(at.release_to, "viewer.recipient");
    case Fact::kGateway:
      return "viewer.gateway";
    case Fact::kTwoOfficers:
      return "viewer.two";
  }
  CHECK(false);
  return "0";
}

std::string RuleHolds(const PolicyRule& rule, const LabelColumns& at) {
  std::string out;
  for (const Term& term : rule.all) {
    out += std::string(out.empty() ? "" : " AND ") + (term.is ? "" : "NOT ") + FactSql(term.fact, at);
  }
  return out.empty() ? "1" : "(" + out + ")";
}

// The id of the rule that decides, denies before permits: an SQL expression. `permit`: 1 or 0 instead.
std::string DecisionSql(DataAct act, const LabelColumns& at, bool permit) {
  std::string out = "CASE";
  for (const Effect effect : {Effect::kDeny, Effect::kPermit}) {
    for (const PolicyRule& rule : PolicyRules()) {
      if (rule.effect != effect || (rule.acts & ActBit(act)) == 0) continue;
      out += " WHEN " + RuleHolds(rule, at) + " THEN ";
      out += permit ? (effect == Effect::kPermit ? "1" : "0") : "'" + std::string(rule.id) + "'";
    }
  }
  return out + " ELSE " + (permit ? "0" : "'" + std::string(kDefaultDeny) + "'") + " END";
}

// True of an account that a rule bars from being the subject of a search by what it is, whoever asks.
std::string SearchBar() {
  const LabelColumns of_account = {.category = "CASE WHEN v_a.ever_victim THEN 'victim' ELSE v_a.category END",
                                   .may_be_minor = "v_a.minor='may_be_minor'"};
  std::string out;
  for (const PolicyRule& rule : PolicyRules()) {
    const bool of_the_person = std::ranges::all_of(rule.all, [](const Term& term) {
      return term.fact == Fact::kProtected || term.fact == Fact::kUnresolvedMinor;
    });
    if (rule.effect != Effect::kDeny || (rule.acts & ActBit(DataAct::kSearch)) == 0 || !of_the_person) continue;
    out += (out.empty() ? "" : " OR ") + RuleHolds(rule, of_account);
  }
  return "(" + out + ")";
}

Status Ask(Database& db, std::string_view sql, const ViewerFacts& facts, DataAct act, const Database::OnRow& on_row) {
  const std::string permits = Canonical(nlohmann::json(facts.permissions));
  return db.Each(sql, on_row, facts.house, facts.authority, facts.officer, facts.now, PurposeBit(facts.purpose),
                 facts.recipient, facts.gateway_allows, permits, facts.two_officers_agreed,
                 (facts.acts_with_role & ActBit(act)) != 0, facts.may_be_minor);
}

// The keys for which the last column is true, as "0,1,5".
Result<std::string> Keys(Database& db, std::string_view sql, const ViewerFacts& facts, DataAct act) {
  std::string out = "0";
  TRY(Ask(db, sql, facts, act, [&](const SqlRow& row) -> Status {
    if (row.Bool(1)) out += "," + std::to_string(row.Int(0));
    return {};
  }));
  return out;
}

struct Statements {
  std::string labels, operations, contributions, cases;
};
// Compiled once: they depend on the rule table alone.
const Statements& StatementsOf(DataAct act) {
  static const auto kAll = [] {
    std::array<Statements, Words<DataAct>::kTexts.size()> out;
    for (size_t i = 0; i < out.size(); ++i) {
      const auto one = static_cast<DataAct>(i);
      const std::string row(kViewerRow);
      out[i].labels = row + "SELECT l.label_key, " + DecisionSql(one, OfLabel(), true) +
                      " FROM label l, viewer ORDER BY l.label_key";
      out[i].operations = row + "SELECT o.operation_key, " + DecisionSql(one, OfOperation(), true) +
                          " FROM viewer, operation o LEFT JOIN labelled d ON d.noun='operation' AND d.noun_id=o.id "
                          "LEFT JOIN label l ON l.label_key=d.label_key ORDER BY o.operation_key";
      out[i].contributions =
          row + "SELECT c.contribution_key, " + DecisionSql(one, OfContribution(), true) +
          " FROM viewer, contribution c LEFT JOIN labelled d ON d.noun='contribution' AND d.noun_id=c.id "
          "LEFT JOIN label l ON l.label_key=d.label_key ORDER BY c.contribution_key";
      out[i].cases = row + "SELECT c.case_key, " + DecisionSql(one, OfCase(), true) +
                     " FROM viewer, national_case c LEFT JOIN labelled d ON d.noun='case' AND d.noun_id=c.id "
                     "LEFT JOIN label l ON l.label_key=d.label_key ORDER BY c.case_key";
    }
    return out;
  }();
  return kAll[static_cast<size_t>(act)];
}

// Partners lay data down to be cross-checked; whether a hit may be shown is asked for that purpose.
constexpr std::string_view kContributionPurpose = "cross_check";

}  // namespace

Result<Viewer> Viewer::Load(Database& db, ViewerFacts facts) {
  static const std::string kSearchBar = SearchBar();
  Viewer out;
  out.facts_ = std::move(facts);
  ViewerFacts checking = out.facts_;
  checking.purpose = kContributionPurpose;
  for (const DataAct act :
       {DataAct::kSeeExistence, DataAct::kRead, DataAct::kSearch, DataAct::kCount, DataAct::kReadLedger}) {
    Sight& sight = out.sights_[static_cast<size_t>(act)];
    const Statements& statements = StatementsOf(act);
    sight.labels_ = TRY(Keys(db, statements.labels, out.facts_, act));
    sight.operations_ = TRY(Keys(db, statements.operations, out.facts_, act));
    sight.contributions_ = TRY(Keys(db, statements.contributions, checking, act));
    sight.cases_ = TRY(Keys(db, statements.cases, out.facts_, act));
    sight.house_ = Quoted(out.facts_.house);
    sight.search_bar_ = kSearchBar;
  }
  return out;
}

Status EachLabelDecision(Database& db, const ViewerFacts& facts, DataAct act,
                         const std::function<Status(int64_t label_key, bool permit, std::string_view rule)>& on_label) {
  static const auto kStatements = [] {
    std::array<std::string, Words<DataAct>::kTexts.size()> out;
    for (size_t i = 0; i < out.size(); ++i) {
      const auto one = static_cast<DataAct>(i);
      out[i] = std::string(kViewerRow) + "SELECT l.label_key, " + DecisionSql(one, OfLabel(), true) + ", " +
               DecisionSql(one, OfLabel(), false) + " FROM label l, viewer ORDER BY l.label_key";
    }
    return out;
  }();
  return Ask(db, kStatements[static_cast<size_t>(act)], facts, act,
             [&](const SqlRow& row) -> Status { return on_label(row.Int(0), row.Bool(1), row.TextView(2)); });
}

// Aliases begin with v_ so that no expression handed in means something else inside.
std::string Sight::Own(std::string_view noun, std::string_view id) const {
  return "NOT EXISTS (SELECT 1 FROM labelled v_l WHERE v_l.noun='" + std::string(noun) +
         "' AND v_l.noun_id=" + std::string(id) + " AND v_l.label_key NOT IN (" + labels_ + "))";
}

std::string Sight::Operation(std::string_view key) const {
  return "(" + std::string(key) + " IN (" + operations_ + "))";
}

std::string Sight::Submission(std::string_view key) const {
  return "(" + std::string(key) + " IN (SELECT v_s.submission_key FROM submission v_s WHERE v_s.operation_key IN (" +
         operations_ + ") AND " + Own("submission", "v_s.id") + "))";
}

std::string Sight::Item(std::string_view key) const {
  return "EXISTS (SELECT 1 FROM exhibit_item v_i WHERE v_i.item_key=" + std::string(key) + " AND " +
         Submission("v_i.submission_key") + ")";
}

std::string Sight::Report(std::string_view key) const {
  return "EXISTS (SELECT 1 FROM report v_r WHERE v_r.report_key=" + std::string(key) + " AND " +
         Submission("v_r.submission_key") + ")";
}

std::string Sight::Account(std::string_view key) const {
  return "EXISTS (SELECT 1 FROM account v_a JOIN account_mention v_m ON v_m.account_key=v_a.account_key JOIN report "
         "v_r ON v_r.report_key=v_m.report_key WHERE v_a.account_key=" +
         std::string(key) + " AND " + Submission("v_r.submission_key") + " AND " + Own("account", "v_a.id") + ")";
}

std::string Sight::AccountWhole(std::string_view key) const {
  return "(" + Account(key) +
         " AND NOT EXISTS (SELECT 1 FROM account_mention v_m JOIN report v_r ON v_r.report_key=v_m.report_key WHERE "
         "v_m.account_key=" +
         std::string(key) + " AND NOT " + Submission("v_r.submission_key") + "))";
}

// CROSS JOIN: by the key, never by a walk over all that bears labels.
std::string Sight::AccountLabels(std::string_view key) const {
  return "NOT EXISTS (SELECT 1 FROM account v_a CROSS JOIN labelled v_l ON v_l.noun='account' AND v_l.noun_id=v_a.id "
         "WHERE v_a.account_key=" +
         std::string(key) + " AND v_l.label_key NOT IN (" + labels_ + "))";
}

std::string Sight::MediaLabels(std::string_view key) const {
  return "NOT EXISTS (SELECT 1 FROM media v_d CROSS JOIN labelled v_l ON v_l.noun='file' AND v_l.noun_id=v_d.id WHERE "
         "v_d.media_key=" +
         std::string(key) + " AND v_l.label_key NOT IN (" + labels_ + "))";
}

std::string Sight::SearchSubject(std::string_view key) const {
  return "(" + Account(key) + " AND NOT EXISTS (SELECT 1 FROM account v_a WHERE v_a.account_key=" + std::string(key) +
         " AND " + search_bar_ + "))";
}

std::string Sight::Media(std::string_view key) const {
  return "EXISTS (SELECT 1 FROM media v_d JOIN media_copy v_c ON v_c.media_key=v_d.media_key JOIN exhibit_item v_i ON "
         "v_i.item_key=v_c.item_key WHERE v_d.media_key=" +
         std::string(key) + " AND " + Submission("v_i.submission_key") + " AND " + Own("file", "v_d.id") + ")";
}

std::string Sight::MediaWhole(std::string_view key) const {
  return "(" + Media(key) +
         " AND NOT EXISTS (SELECT 1 FROM media_copy v_c JOIN exhibit_item v_i ON v_i.item_key=v_c.item_key WHERE "
         "v_c.media_key=" +
         std::string(key) + " AND NOT " + Submission("v_i.submission_key") + "))";
}

std::string Sight::Subject(std::string_view key) const {
  return "(EXISTS (SELECT 1 FROM subject_account v_e WHERE v_e.subject_key=" + std::string(key) +
         ") AND NOT EXISTS (SELECT 1 FROM subject_account v_u WHERE v_u.subject_key=" + std::string(key) + " AND NOT " +
         AccountWhole("v_u.account_key") + "))";
}

std::string Sight::Link(std::string_view key) const {
  return "(EXISTS (SELECT 1 FROM link_account v_e WHERE v_e.link_key=" + std::string(key) +
         ") AND NOT EXISTS (SELECT 1 FROM link_account v_k WHERE v_k.link_key=" + std::string(key) + " AND NOT " +
         AccountWhole("v_k.account_key") + "))";
}

std::string Sight::Cluster(std::string_view key) const {
  return "(EXISTS (SELECT 1 FROM cluster_look v_e WHERE v_e.cluster_key=" + std::string(key) +
         ") AND NOT EXISTS (SELECT 1 FROM cluster_look v_n WHERE v_n.cluster_key=" + std::string(key) + " AND NOT " +
         MediaWhole("v_n.media_key") + "))";
}

std::string Sight::Package(std::string_view key) const {
  return "EXISTS (SELECT 1 FROM package v_p WHERE v_p.package_key=" + std::string(key) + " AND " +
         Operation("v_p.operation_key") + " AND " + Own("package", "v_p.id") + ")";
}

std::string Sight::Contribution(std::string_view key) const {
  return "(" + std::string(key) + " IN (" + contributions_ + "))";
}

std::string Sight::OperationNamed(std::string_view name) const {
  return "NOT EXISTS (SELECT 1 FROM operation v_o WHERE v_o.name=" + std::string(name) + " AND NOT " +
         Operation("v_o.operation_key") + ")";
}

std::string Sight::Case(std::string_view key) const {
  return "EXISTS (SELECT 1 FROM national_case v_q WHERE v_q.case_key=" + std::string(key) + " AND v_q.case_key IN (" +
         cases_ + ") AND " + OperationNamed("v_q.operation") + ")";
}

std::string Sight::Outcome(std::string_view key) const {
  return "EXISTS (SELECT 1 FROM outcome_report v_w WHERE v_w.report_key=" + std::string(key) + " AND " +
         OperationNamed("v_w.operation") + " AND " + Own("outcome", "v_w.id") + " AND NOT (v_w.authority=" + house_ +
         " AND v_w.case_number<>'' AND EXISTS (SELECT 1 FROM national_case v_h WHERE v_h.operation=v_w.operation AND "
         "v_h.case_number=v_w.case_number AND NOT " +
         Case("v_h.case_key") + ")))";
}

// A contribution says by being there whom to ask (the rule "hit"): to everybody who may look, if it was laid down to be
// cross-checked and bears no labels of its own; with such, only where they permit the act itself.
std::string Sight::Source(std::string_view id) const {
  const std::string is(id);
  return "NOT (EXISTS (SELECT 1 FROM operation v_o WHERE v_o.id=" + is + " AND NOT " + Operation("v_o.operation_key") +
         ") OR EXISTS (SELECT 1 FROM package v_g WHERE v_g.id=" + is + " AND NOT " + Package("v_g.package_key") +
         ") OR EXISTS (SELECT 1 FROM contribution v_h WHERE v_h.id=" + is + " AND NOT (v_h.purpose='" +
         std::string(kContributionPurpose) + "' AND " + Own("contribution", "v_h.id") +
         ")) OR EXISTS (SELECT 1 FROM national_case v_k WHERE (v_k.id=" + is + " OR v_k.case_number=" + is +
         ") AND NOT " + Case("v_k.case_key") + "))";
}

std::string Sight::Deconfliction(std::string_view key) const {
  const std::string is(key);
  return "(NOT EXISTS (SELECT 1 FROM deconfliction_account v_x WHERE v_x.deconfliction_key=" + is +
         " AND EXISTS (SELECT 1 FROM account_mention v_c WHERE v_c.account_key=v_x.account_key) AND NOT " +
         AccountWhole("v_x.account_key") +
         ") AND NOT EXISTS (SELECT 1 FROM deconfliction_source v_z WHERE v_z.deconfliction_key=" + is + " AND NOT " +
         Source("v_z.source") + "))";
}

std::string Sight::About(std::string_view origin, std::string_view about) const {
  const std::string is(about);
  return "(" + std::string(origin) + "<>" + house_ + " OR EXISTS (SELECT 1 FROM subject v_j WHERE v_j.id=" + is +
         " AND " + Subject("v_j.subject_key") + ") OR EXISTS (SELECT 1 FROM deconfliction v_y WHERE v_y.id=" + is +
         " AND " + Deconfliction("v_y.deconfliction_key") + "))";
}

std::string Sight::ObjectOf(std::string_view id) const {
  const std::string is(id);
  return "(EXISTS (SELECT 1 FROM operation v_o WHERE v_o.id=" + is + " AND " + Operation("v_o.operation_key") +
         ") OR EXISTS (SELECT 1 FROM submission v_b WHERE v_b.id=" + is + " AND " + Submission("v_b.submission_key") +
         ") OR EXISTS (SELECT 1 FROM package v_g WHERE v_g.id=" + is + " AND " + Package("v_g.package_key") +
         ") OR EXISTS (SELECT 1 FROM account v_t WHERE v_t.id=" + is + " AND " + AccountWhole("v_t.account_key") +
         ") OR EXISTS (SELECT 1 FROM media v_f WHERE v_f.id=" + is + " AND " + MediaWhole("v_f.media_key") +
         ") OR EXISTS (SELECT 1 FROM contribution v_h WHERE v_h.id=" + is + " AND " +
         Contribution("v_h.contribution_key") + ") OR EXISTS (SELECT 1 FROM national_case v_k WHERE v_k.id=" + is +
         " AND " + Case("v_k.case_key") + ") OR EXISTS (SELECT 1 FROM outcome_report v_n WHERE v_n.id=" + is + " AND " +
         Outcome("v_n.report_key") + ") OR EXISTS (SELECT 1 FROM deconfliction v_y WHERE v_y.id=" + is + " AND " +
         Deconfliction("v_y.deconfliction_key") + "))";
}

std::string Sight::QueueRow(std::string_view noun, std::string_view key) const {
  const std::string of(noun);
  return "(CASE " + of + " WHEN 'account' THEN " + AccountWhole(key) + " WHEN 'media' THEN " + MediaWhole(key) +
         " WHEN 'report' THEN " + Report(key) + " WHEN 'deconfliction' THEN " + Deconfliction(key) + " ELSE 0 END)";
}

}  // namespace crossguard
