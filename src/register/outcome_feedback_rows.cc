// What feedback reads: outcomes beside the rows of intake, match and triage.
#include <map>

#include "base/json.h"
#include "register/json_rows.h"
#include "register/outcome_rows.h"

namespace crossguard::outcome_rows {

using nlohmann::json;

Result<std::vector<std::string>> Providers(Database& database, const Sight& see) {
  std::vector<std::string> out;
  TRY(database.Each("SELECT DISTINCT r.provider FROM report r WHERE r.state='taken' AND " + see.Report("r.report_key") +
                        " ORDER BY r.provider",
                    [&](const SqlRow& row) -> Status {
                      out.push_back(row.Text(0));
                      return {};
                    }));
  return out;
}

Result<json> ProviderFields(Database& database, const Sight& see, std::string_view provider) {
  const std::string seen = " AND " + see.Report("r.report_key");
  const std::string of_reports =
      "SELECT count(*), sum(incident_at IS NOT NULL), sum(incident_zone_known) FROM report r WHERE r.provider=?1 AND "
      "r.state='taken'" +
      seen;
  const std::string of_files =
      "SELECT count(*), sum(f.viewed_by_esp IS NOT NULL), sum(f.claimed_hashes<>'[]'), sum(f.state='matched') FROM "
      "file_details f JOIN report r USING (report_key) WHERE r.provider=?1 AND r.state='taken' AND "
      "(f.account_key IS NULL OR " +
      see.AccountLabels("f.account_key") + ")" + seen;
  const std::string of_events =
      "SELECT count(*), sum(g.at IS NOT NULL), sum(g.zone_known), sum(g.port IS NOT NULL) FROM sighting g JOIN "
      "selector s USING (selector_key) JOIN account_mention m USING (mention_key) JOIN report r ON "
      "r.report_key=g.report_key WHERE r.provider=?1 AND r.state='taken' AND "
      "s.type='ip' AND g.origin='declared' AND " +
      see.AccountLabels("m.account_key") + seen;
  const std::string of_accounts =
      "WITH mine AS (SELECT DISTINCT m.account_key FROM account_mention m JOIN report r USING (report_key) WHERE "
      "r.provider=?1 AND r.state='taken' AND m.role='reported' AND " +
      see.AccountLabels("m.account_key") + seen +
      "), "
      "has AS (SELECT DISTINCT m.account_key, s.type FROM sighting g JOIN selector s USING (selector_key) JOIN "
      "account_mention m USING (mention_key) JOIN report r ON r.report_key=m.report_key WHERE g.origin='declared'" +
      seen +
      ") "
      "SELECT count(*), sum(a.identifier_derived=0), "
      "sum(EXISTS (SELECT 1 FROM has h WHERE h.account_key=a.account_key AND h.type='email')), "
      "sum(EXISTS (SELECT 1 FROM has h WHERE h.account_key=a.account_key AND h.type='phone')), "
      "sum(EXISTS (SELECT 1 FROM has h WHERE h.account_key=a.account_key AND h.type='ip')), "
      "sum(EXISTS (SELECT 1 FROM has h WHERE h.account_key=a.account_key AND h.type='device_id')) "
      "FROM mine JOIN account a USING (account_key)";
  struct Part {
    std::string_view sql;
    std::vector<std::string_view> fields;  // of the columns from the second on
  };
  const Part parts[] = {
      {of_reports, {"reports with an incident time", "incident times with a known zone"}},
      {of_files, {"files with the viewed flag", "files with a claimed digest", "files whose bytes came"}},
      {of_events, {"IP events with a time", "IP events with a known zone", "IP events with a port"}},
      {of_accounts,
       {"accounts with the provider's own id", "accounts with an e-mail address", "accounts with a phone number",
        "accounts with an IP event", "accounts with a device"}}};
  json out = json::array();
  for (const Part& part : parts) {
    TRY(database.Each(
        part.sql,
        [&](const SqlRow& row) -> Status {
          for (size_t i = 0; i < part.fields.size(); ++i)
            out.push_back(
                {{"field", part.fields[i]}, {"of", row.Int(0)}, {"filled", row.Int(static_cast<int>(i) + 1)}});
          return {};
        },
        provider));
  }
  return out;
}

Result<std::vector<AccountOutcomes>> OutcomesByAccount(Database& database, const Sight& see) {
  std::vector<AccountOutcomes> out;
  TRY(database.Each(
      "SELECT o.account, coalesce((SELECT q.provider FROM account a JOIN account_mention m USING (account_key) JOIN "
      "report q ON q.report_key=m.report_key WHERE a.id=o.account AND " +
          see.Report("q.report_key") +
          " ORDER BY q.report_key LIMIT 1),''), "
          "coalesce((SELECT t.band FROM account a JOIN triage t USING (account_key) WHERE a.id=o.account AND " +
          see.AccountWhole("a.account_key") +
          "),''), "
          "coalesce((SELECT json_group_array(j.value->>'rule') FROM account a JOIN score s USING (account_key), "
          "json_each(s.contributions) j WHERE a.id=o.account AND " +
          see.AccountWhole("a.account_key") +
          "),'[]'), json_group_array(DISTINCT r.kind) "
          "FROM outcome_account o JOIN outcome_report r USING (report_key) WHERE r.state='counted' AND r.count>0 AND " +
          see.Outcome("r.report_key") + " AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id=o.account AND NOT " +
          see.Account("a.account_key") + ") GROUP BY o.account ORDER BY o.account",
      [&](const SqlRow& row) -> Status {
        AccountOutcomes one{
            .account = row.Text(0), .provider = row.Text(1), .band = row.Text(2), .rules = {}, .kinds = {}};
        const json rules = ParseJson(row.TextView(3));
        for (const json& rule : rules) {
          if (rule.is_string()) one.rules.push_back(rule.get<std::string>());
        }
        const json kinds = ParseJson(row.TextView(4));
        for (const json& kind : kinds) {
          const auto known =
              kind.is_string() ? FromText<OutcomeKind>(kind.get_ref<const std::string&>()) : std::nullopt;
          if (known) one.kinds.push_back(*known);
        }
        out.push_back(std::move(one));
        return {};
      }));
  return out;
}

Result<std::vector<VoteRow>> ListVotes(Database& database, const Sight& see) {
  std::vector<VoteRow> out;
  TRY(database.Each(
      "WITH spoken AS ("
      "SELECT f.sha256, r.authority, r.kind<>'not_csam' AS up FROM outcome_file f JOIN outcome_report r USING "
      "(report_key) WHERE r.state='counted' AND r.count>0 AND r.kind IN "
      "('charge','conviction','child_identified','child_safeguarded','not_csam') AND " +
          see.Outcome("r.report_key") +
          " "
          "UNION SELECT e.sha256, r.authority, 0 FROM outcome_account o JOIN outcome_report r USING (report_key) JOIN "
          "account a ON a.id=o.account JOIN file_details d USING (account_key) JOIN exhibit_item e ON "
          "e.item_key=d.media_item_key WHERE r.state='counted' AND r.count>0 AND r.kind='not_csam' AND NOT EXISTS "
          "(SELECT 1 FROM outcome_file g WHERE g.report_key=r.report_key) AND " +
          see.Outcome("r.report_key") + " AND " + see.AccountLabels("a.account_key") +
          "), "
          "votes AS (SELECT DISTINCT h.entry_key, s.authority, s.up FROM spoken s JOIN media m ON m.sha256=s.sha256 "
          "JOIN "
          "hash_hit h USING (media_key) WHERE h.state='live' AND " +
          see.Media("m.media_key") +
          ") "
          "SELECT l.owner, l.name, l.version, e.entry_id, sum(v.up), sum(1-v.up) FROM votes v JOIN hash_entry e USING "
          "(entry_key) JOIN hash_list l USING (list_key) WHERE l.kind='known' GROUP BY e.entry_key "
          "ORDER BY l.owner, l.name, l.version, e.entry_id",
      [&](const SqlRow& row) -> Status {
        out.push_back({.owner = row.Text(0),
                       .list = row.Text(1),
                       .version = row.Text(2),
                       .entry_id = row.Text(3),
                       .up = row.Int(4),
                       .down = row.Int(5)});
        return {};
      }));
  return out;
}

Status EachTriageLeaf(Database& database,
                      const std::function<void(std::string_view act, std::string_view object, std::string entry)>& on) {
  return database.Each(
      "SELECT act, object_id, entry FROM ledger_leaf WHERE act IN ('triage','approve_compose_package') ORDER BY "
      "leaf_index",
      [&](const SqlRow& row) -> Status {
        const ByteView entry = row.Blob(2);
        on(row.TextView(0), row.TextView(1), std::string(entry.begin(), entry.end()));
        return {};
      });
}

Result<std::vector<std::string>> AccountsOfOperation(Database& database, const Sight& see,
                                                     std::string_view operation_id) {
  std::vector<std::string> out;
  TRY(database.Each(
      "SELECT DISTINCT a.id FROM account a JOIN account_mention m USING (account_key) JOIN report r USING (report_key) "
      "JOIN operation o USING (operation_key) WHERE o.id=?1 AND m.role='reported' AND " +
          see.Operation("o.operation_key") + " AND " + see.Report("r.report_key") + " AND " +
          see.AccountLabels("a.account_key") + " ORDER BY a.id",
      [&](const SqlRow& row) -> Status {
        out.push_back(row.Text(0));
        return {};
      },
      operation_id));
  return out;
}

Result<std::string> OperationId(Database& database, const Sight& see, std::string_view name) {
  return TRY(database.TextOf("SELECT o.id FROM operation o WHERE o.name=?1 AND " + see.Operation("o.operation_key"),
                             name))
      .value_or("");
}

Status InsertFeedback(Transaction& transaction, std::string_view sender, std::string_view message,
                      std::string_view about, std::string_view name, std::string_view body_json, Instant at) {
  return transaction.db().Run(
      "INSERT INTO feedback_received (sender,message,about,name,body,at) VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT DO "
      "NOTHING",
      sender, message, about, name, body_json, at);
}

Result<json> ListFeedback(Database& database) {
  return JsonRows(database,
                  "SELECT sender, about, name, body AS body_json, message, at FROM feedback_received ORDER BY "
                  "feedback_key DESC LIMIT 1000");
}

}  // namespace crossguard::outcome_rows
