#include "register/app_rows.h"

#include <algorithm>

#include "base/json.h"
#include "model/canonical.h"
#include "register/retention_rows.h"

namespace crossguard {

Result<OperationRow> FindOperation(Database& db, std::string_view name) {
  OperationRow out;
  TRY(db.Each(
      "SELECT operation_key, id FROM operation WHERE name=?1",
      [&](const SqlRow& row) -> Status {
        out.key = row.KeyOf<Operation>(0);
        out.id = row.IdOf<Operation>(1);
        return {};
      },
      name));
  return out;
}

Result<Key<Operation>> AddOperation(Transaction& transaction, const Id<Operation>& id, std::string_view name,
                                    Instant at) {
  TRY(transaction.db().Run("INSERT INTO operation (id, name, created_at) VALUES (?1,?2,?3)", id, name, at));
  return Key<Operation>{transaction.db().last_insert_key()};
}

Result<bool> StepDone(Database& db, Key<Operation> operation, std::string_view name, std::string_view input_digest) {
  const auto digest = TRY(db.TextOf(
      "SELECT input_digest FROM step WHERE operation_key=?1 AND submission_key=0 AND name=?2 AND state='done'",
      operation, name));
  return digest == std::string(input_digest);
}

Status MarkStep(Transaction& transaction, Key<Operation> operation, std::string_view name,
                std::string_view input_digest, Instant at) {
  return transaction.db().Run(
      "INSERT INTO step (operation_key, submission_key, name, state, input_digest, at) VALUES (?1,0,?2,'done',?3,?4) "
      "ON CONFLICT (operation_key, submission_key, name) DO UPDATE SET state='done', "
      "input_digest=excluded.input_digest, at=excluded.at",
      operation, name, input_digest, at);
}

Result<std::string> DerivedInput(Database& db) {
  constexpr std::string_view kParts[] = {
      "SELECT count(*)||','||coalesce(max(media_key),0)||','||coalesce(sum(state='pending'),0) FROM media",
      "SELECT count(*)||','||coalesce(max(copy_key),0) FROM media_copy",
      "SELECT coalesce(group_concat(id||':'||state),'') FROM (SELECT id, state FROM hash_list ORDER BY list_key)",
      "SELECT coalesce(group_concat(id),'') FROM (SELECT id FROM contribution ORDER BY contribution_key)",
      "SELECT count(*)||','||coalesce(max(report_key),0) FROM report",
      "SELECT count(*)||','||coalesce(max(mention_key),0) FROM account_mention",
      "SELECT count(*)||','||coalesce(max(sighting_key),0) FROM sighting",
      "SELECT count(*)||','||coalesce(sum(state='matched'),0) FROM file_details",
      "SELECT coalesce(group_concat(object_id||'/'||officer),'') FROM (SELECT object_id, officer FROM approval WHERE "
      "act='compose_package' ORDER BY object_id, officer)"};
  std::string out;
  for (const std::string_view part : kParts) out += TRY(db.TextOf(part)).value_or("") + "\n";
  return out;
}

Result<bool> HoldsEvidence(Database& db) {
  return TRY(db.Number("SELECT 1 FROM blob LIMIT 1")).has_value();
}

Result<bool> WaitsForSecondOfficer(Database& db, std::string_view account_id) {
  return TRY(db.Number("SELECT 1 FROM account a LEFT JOIN triage t USING (account_key) WHERE a.id=?1 AND "
                       "(a.minor='may_be_minor' OR t.second_officer=1)",
                       account_id))
      .has_value();
}

Result<std::vector<std::string>> PackagesInState(Database& db, Key<Operation> operation, std::string_view state) {
  std::vector<std::string> ids;
  TRY(db.Each(
      "SELECT id FROM package WHERE operation_key=?1 AND state=?2 ORDER BY package_key",
      [&](const SqlRow& row) -> Status {
        ids.push_back(row.Text(0));
        return {};
      },
      operation, state));
  return ids;
}

Result<std::string> OperationOfPackage(Database& db, std::string_view package_id) {
  const auto name =
      TRY(db.TextOf("SELECT o.name FROM package p JOIN operation o USING (operation_key) WHERE p.id=?1", package_id));
  if (!name)
    return Fail(Code::kNotFound,
                "No package is named '" + std::string(package_id) + "'; see `crossguard package list`.");
  return *name;
}

Result<std::vector<PackageFolderRow>> PackageFolders(Database& db) {
  std::vector<PackageFolderRow> out;
  TRY(db.Each("SELECT id, state, folder FROM package ORDER BY package_key", [&](const SqlRow& row) -> Status {
    out.push_back({.id = row.Text(0), .state = row.Text(1), .folder = row.Text(2)});
    return {};
  }));
  return out;
}

namespace {

// One line of the balance: how to count what came in, and the states in which it rests.
struct LineRule {
  const char* name;
  const char* noun;
  const char* in;      // one number
  const char* states;  // rows (state, count)
  // What came in is counted from the rows that are there, so what was erased of them is added; elsewhere it was counted
  // when it came. Erased is a state either way.
  bool in_is_live = false;
};

constexpr const char* kReported =
    "(SELECT DISTINCT r.operation_key AS op, m.account_key AS ac FROM account_mention m JOIN report r USING "
    "(report_key) "
    "WHERE m.role='reported' AND r.state='taken')";

const std::vector<LineRule>& Rules() {
  static const std::string kAccountsIn = std::string("SELECT count(*) FROM ") + kReported;
  static const std::string kAccountsOut =
      std::string(
          "SELECT CASE WHEN p>1 OR w>1 OR p+w>1 THEN 'counted_more_than_once' WHEN p=1 THEN 'in_a_package' WHEN w=0 "
          "THEN 'LOST' WHEN NOT paused THEN 'withheld' WHEN EXISTS (SELECT 1 FROM deconfliction_account y JOIN "
          "deconfliction d USING (deconfliction_key) WHERE y.account_key=ac AND d.state<>'settled') THEN "
          "'held_back_for_deconfliction' ELSE 'settled_to_be_packed' END AS s, "
          "sum(CASE WHEN p+w=0 THEN 0 ELSE p+w END) FROM (SELECT ac, (SELECT count(*) FROM package_account x JOIN "
          "package "
          "k USING (package_key) "
          "WHERE x.account_key=ac AND k.operation_key=op AND k.kind='referral' AND k.state<>'superseded') AS p, "
          "(SELECT count(*) FROM withheld h WHERE h.account_key=ac AND h.operation_key=op) AS w, "
          "EXISTS (SELECT 1 FROM withheld h WHERE h.account_key=ac AND h.operation_key=op AND "
          "h.reason_code='deconfliction') AS paused FROM ") +
      kReported + ") GROUP BY s";
  static const std::string kTriageIn = std::string("SELECT count(DISTINCT ac) FROM ") + kReported;
  static const std::vector<LineRule> kRules = {
      {"items", "files of submissions", "SELECT coalesce(sum(item_count),0) FROM submission WHERE state<>'sealing'",
       "SELECT i.state, count(*) FROM exhibit_item i JOIN submission s USING (submission_key) WHERE s.state<>'sealing' "
       "GROUP BY i.state"},
      {"bytes", "bytes of submissions", "SELECT coalesce(sum(byte_count),0) FROM submission WHERE state<>'sealing'",
       "SELECT 'sealed', coalesce(sum(b.size_bytes),0) FROM exhibit_item i JOIN submission s USING (submission_key) "
       "JOIN blob b ON b.sha256=i.sha256 "
       "WHERE s.state<>'sealing' AND i.state='sealed'"},
      {"documents", "sealed files by what they are",
       "SELECT count(*) FROM exhibit_item i JOIN submission s USING (submission_key) WHERE s.state='read' AND "
       "i.state='sealed'",
       "SELECT i.role, count(*) FROM exhibit_item i JOIN submission s USING (submission_key) WHERE s.state='read' AND "
       "i.state='sealed' AND i.role<>'unread' GROUP BY i.role"},
      {"reports", "reports that the readers saw",
       "SELECT coalesce(sum(i.report_count),0) FROM exhibit_item i JOIN submission s USING (submission_key) WHERE "
       "s.state='read'",
       "SELECT r.state, count(*) FROM report r JOIN submission s USING (submission_key) WHERE s.state='read' GROUP BY "
       "r.state UNION ALL SELECT 'quarantined', count(*) FROM quarantine q JOIN exhibit_item i USING (item_key) JOIN "
       "submission s USING (submission_key) WHERE s.state='read' AND q.kind='report'"},
      {"selectors", "identifiers found in fields and texts",
       "SELECT coalesce(sum(identifier_count),0) FROM exhibit_item",
       "SELECT origin, count(*) FROM sighting GROUP BY origin UNION ALL SELECT 'unreadable', "
       "coalesce(sum(refused_count),0) FROM exhibit_item"},
      {"details", "files that the provider declared", "SELECT count(*) FROM file_details",
       "SELECT state, count(*) FROM file_details WHERE state<>'declared' GROUP BY state", true},
      {"files", "distinct contents", "SELECT count(*) FROM media",
       "SELECT state, count(*) FROM media WHERE state<>'pending' GROUP BY state", true},
      {"copies", "occurrences of contents", "SELECT count(*) FROM media_copy",
       "SELECT CASE WHEN parent_media_key IS NULL THEN 'file' ELSE 'archive_member' END, count(*) FROM media_copy JOIN "
       "media USING (media_key) JOIN blob USING (sha256) GROUP BY 1",
       true},
      {"list_rows", "rows of hash lists", "SELECT coalesce(sum(row_count),0) FROM hash_list",
       "SELECT 'taken', count(*) FROM hash_entry UNION ALL SELECT 'ignored', coalesce(sum(ignored_count),0) FROM "
       "hash_list "
       "UNION ALL SELECT 'quarantined', count(*) FROM list_quarantine"},
      {"holdings", "items of partners' contributions", "SELECT coalesce(sum(item_count),0) FROM contribution",
       "SELECT 'taken', count(*) FROM holding UNION ALL SELECT 'refused', coalesce(sum(count),0) FROM "
       "contribution_refusal"},
      {"subjects", "reported accounts in the cross-check", kTriageIn.c_str(),
       "SELECT 'subject_candidate', count(*) FROM subject_account UNION ALL SELECT 'kept_out', count(*) FROM "
       "index_exclusion x WHERE EXISTS "
       "(SELECT 1 FROM account_mention m JOIN report r USING (report_key) WHERE m.account_key=x.account_key AND "
       "m.role='reported' AND r.state='taken')",
       true},
      {"triage", "reported accounts in triage", kTriageIn.c_str(), "SELECT lane, count(*) FROM triage GROUP BY lane",
       true},
      {"jurisdiction", "reported accounts with a country or a named doubt", kTriageIn.c_str(),
       "SELECT CASE country WHEN '' THEN 'unclear' ELSE 'country' END, count(*) FROM jurisdiction GROUP BY 1", true},
      {"accounts", "reported accounts per operation", kAccountsIn.c_str(), kAccountsOut.c_str(), true},
      {"packages", "packages", "SELECT count(*) FROM package",
       "SELECT state, count(*) FROM package WHERE state<>'composed' GROUP BY state"},
      {"carried", "messages by way of others", "SELECT count(*) FROM carriage",
       "SELECT direction||' '||state, count(*) FROM carriage c WHERE state<>'carried' OR EXISTS "
       "(SELECT 1 FROM outbox o WHERE o.id=c.message_id) GROUP BY 1"},
      // What a person may have to look at, and what the clusters spare: pictures, videos, and stand-ins that differ.
      {"looks", "contents to look at",
       "SELECT (SELECT count(*) FROM media m WHERE m.pdq IS NOT NULL OR EXISTS (SELECT 1 FROM media_frame f WHERE "
       "f.media_key=m.media_key)) + (SELECT count(*) FROM media WHERE facts<>'{}' AND "
       "facts->'thumbnail'->>'differs'=1)",
       "SELECT 'alone', (SELECT count(*) FROM media m WHERE (m.pdq IS NOT NULL OR EXISTS (SELECT 1 FROM media_frame f "
       "WHERE f.media_key=m.media_key)) AND NOT EXISTS (SELECT 1 FROM cluster_member c WHERE "
       "c.media_key=m.media_key)) + (SELECT count(*) FROM media m WHERE m.facts<>'{}' AND "
       "m.facts->'thumbnail'->>'differs'=1 AND NOT EXISTS (SELECT 1 FROM cluster_thumbnail c WHERE "
       "c.media_key=m.media_key)) UNION ALL SELECT 'for a cluster', count(DISTINCT cluster_key) FROM cluster_look "
       "UNION ALL SELECT 'saved', count(*)-count(DISTINCT cluster_key) FROM cluster_look"},
      {"ledger", "ledger leaves", "SELECT coalesce(max(leaf_index)+1,0) FROM ledger_leaf",
       "SELECT 'recorded', count(*) FROM ledger_leaf"},
  };
  return kRules;
}

}  // namespace

Result<std::vector<BalanceLine>> ComputeBalance(Database& db) {
  std::vector<BalanceLine> lines;
  for (const LineRule& rule : Rules()) {
    BalanceLine line{.name = rule.name, .noun = rule.noun};
    line.in_count = TRY(db.Number(rule.in)).value_or(0);
    TRY(db.Each(rule.states, [&](const SqlRow& row) -> Status {
      line.states.emplace_back(row.Text(0), row.Int(1));
      line.out_count += row.Int(1);
      return {};
    }));
    if (const int64_t erased = TRY(retention_rows::ErasedInLine(db, rule.name)); erased > 0) {
      const auto same = std::ranges::find(line.states, "erased", &std::pair<std::string, int64_t>::first);
      if (same == line.states.end())
        line.states.emplace_back("erased", erased);
      else
        same->second += erased;
      line.out_count += erased;
      if (rule.in_is_live) line.in_count += erased;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

Status StoreBalance(Transaction& transaction, const std::vector<BalanceLine>& lines) {
  TRY(transaction.db().Run("DELETE FROM balance"));
  for (const BalanceLine& line : lines) {
    nlohmann::json detail = nlohmann::json::object();
    for (const auto& [state, count] : line.states) detail[state] = count;
    TRY(transaction.db().Run("INSERT INTO balance (line, in_count, out_count, detail) VALUES (?1,?2,?3,?4)", line.name,
                             line.in_count, line.out_count, Canonical(detail)));
  }
  return {};
}

}  // namespace crossguard
