#include "register/desk_rows.h"

#include <nlohmann/json.hpp>

#include "register/json_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;

Result<json> First(Result<json> rows, std::string_view noun, std::string_view id) {
  const json all = TRY(std::move(rows));
  if (all.empty()) {
    return Fail(Code::kNotFound, "No " + std::string(noun) + " is named '" + std::string(id) +
                                     "'; take an id from a list, a queue or a package.");
  }
  return all.front();
}

Result<int64_t> KeyFor(Database& database, std::string_view noun, std::string_view sql, std::string_view id) {
  const auto key = TRY(database.Number(sql, id));
  if (!key)
    return Fail(Code::kNotFound, "No " + std::string(noun) + " is named '" + std::string(id) +
                                     "'; take an id from a list, a queue or a package.");
  return *key;
}

}  // namespace

Result<json> ShowAccount(Database& db, std::string_view id) {
  const int64_t key =
      TRY(KeyFor(db, "account", "SELECT account_key FROM account WHERE id=?1 OR service||'/'||esp_identifier=?1", id));
  json out = TRY(First(JsonRows(db,
                                "SELECT id, service, esp_identifier, identifier_derived AS is_identifier_derived, "
                                "ever_victim AS is_ever_victim, minor, category "
                                "FROM account WHERE account_key=?1",
                                key),
                       "account", id));
  out["reports"] = TRY(JsonRows(db,
                                "SELECT r.id, r.provider, r.provider_report_id, r.incident_type, r.incident_at, "
                                "r.incident_zone_known AS is_incident_zone_known, r.escalate_reason, r.batched_reason, "
                                "r.annotations AS annotations_json, m.role, i.path AS source_path, m.place AS "
                                "source_place, m.unknown_fields AS unknown_fields_json "
                                "FROM account_mention m JOIN report r USING (report_key) JOIN exhibit_item i ON "
                                "i.item_key=m.item_key WHERE m.account_key=?1 ORDER BY r.report_key",
                                key));
  out["values"] =
      TRY(JsonRows(db,
                   "SELECT v.field, v.value, i.path AS source_path, v.place AS source_place FROM account_value v JOIN "
                   "account_mention m USING (mention_key) "
                   "JOIN exhibit_item i ON i.item_key=v.item_key WHERE m.account_key=?1 ORDER BY v.value_key",
                   key));
  out["selectors"] = TRY(JsonRows(db,
                                  "SELECT s.type, s.value, g.raw, g.origin, g.at, g.at_text, g.zone_known AS "
                                  "is_zone_known, g.port, g.event_name, g.possible_proxy AS is_possible_proxy, "
                                  "g.verified AS is_verified, i.path AS source_path, g.place AS source_place FROM "
                                  "sighting g JOIN selector s USING (selector_key) "
                                  "JOIN account_mention m USING (mention_key) JOIN exhibit_item i ON "
                                  "i.item_key=g.item_key WHERE m.account_key=?1 ORDER BY g.sighting_key",
                                  key));
  out["files"] =
      TRY(JsonRows(db,
                   "SELECT f.id, f.provider_file_id, f.file_name, f.state, f.hash_check, f.viewed_by_esp AS "
                   "is_viewed_by_esp, f.publicly_available AS is_publicly_available, "
                   "f.industry_classification, e.sha256, d.id AS media, d.state AS media_state, v.verdict, i.path AS "
                   "source_path, f.place AS source_place FROM file_details f "
                   "LEFT JOIN exhibit_item e ON e.item_key=f.media_item_key LEFT JOIN media d ON d.sha256=e.sha256 "
                   "LEFT JOIN media_verdict v USING (media_key) "
                   "JOIN exhibit_item i ON i.item_key=f.item_key WHERE f.account_key=?1 ORDER BY f.details_key",
                   key));
  out["subject"] =
      TRY(db.TextOf("SELECT s.id FROM subject s JOIN subject_account USING (subject_key) WHERE account_key=?1", key))
          .value_or("");
  out["not_in_index_because"] =
      TRY(db.TextOf("SELECT reason FROM index_exclusion WHERE account_key=?1", key)).value_or("");
  out["links"] = TRY(JsonRows(db,
                              "SELECT s.type, s.value, l.strength, l.sharer_count, l.reason FROM link_account a JOIN "
                              "link l USING (link_key) JOIN selector s USING (selector_key) "
                              "WHERE a.account_key=?1 ORDER BY l.strength, s.type, s.value",
                              key));
  out["partner_hits"] = TRY(JsonRows(
      db,
      "SELECT id, selector_type, owner, contact FROM partner_hit WHERE account_key=?1 ORDER BY owner, selector_type",
      key));
  out["scores"] = TRY(JsonRows(
      db, "SELECT axis, points, contributions AS contributions_json FROM score WHERE account_key=?1 ORDER BY axis DESC",
      key));
  const json triage = TRY(JsonRows(db,
                                   "SELECT lane, lane_reason, band, due_at, second_officer AS "
                                   "is_second_officer_needed, second_officer_reason FROM triage WHERE account_key=?1",
                                   key));
  out["triage"] = triage.empty() ? json() : triage.front();
  const json place = TRY(JsonRows(db,
                                  "SELECT country, confidence, explanation AS explanation_json, contradictions AS "
                                  "contradictions_json FROM jurisdiction WHERE account_key=?1",
                                  key));
  out["jurisdiction"] = place.empty() ? json() : place.front();
  out["jurisdiction_claims"] = TRY(JsonRows(db,
                                            "SELECT country, basis, weight, because FROM jurisdiction_claim WHERE "
                                            "account_key=?1 ORDER BY weight DESC, claim_key",
                                            key));
  out["packages"] = TRY(JsonRows(db,
                                 "SELECT p.id, p.authority, p.kind, p.state FROM package p JOIN package_account USING "
                                 "(package_key) WHERE account_key=?1 ORDER BY p.package_key",
                                 key));
  out["withheld"] = TRY(JsonRows(db, "SELECT authority, reason_code, reason FROM withheld WHERE account_key=?1", key));
  return out;
}

Result<json> ShowSubject(Database& db, std::string_view id) {
  const int64_t key = TRY(KeyFor(db, "subject", "SELECT subject_key FROM subject WHERE id=?1", id));
  json out = TRY(First(JsonRows(db, "SELECT id, account_count FROM subject WHERE subject_key=?1", key), "subject", id));
  out["accounts"] = TRY(JsonRows(db,
                                 "SELECT a.id, a.service, a.esp_identifier, a.category, j.country, j.confidence, "
                                 "t.lane, t.band FROM subject_account s JOIN account a USING (account_key) "
                                 "LEFT JOIN jurisdiction j USING (account_key) LEFT JOIN triage t USING (account_key) "
                                 "WHERE s.subject_key=?1 ORDER BY a.id",
                                 key));
  out["links"] = TRY(JsonRows(db,
                              "SELECT s.type, s.value, l.strength, l.sharer_count, l.reason, count(*) AS accounts_here "
                              "FROM link l JOIN link_account x USING (link_key) "
                              "JOIN subject_account u ON u.account_key=x.account_key JOIN selector s USING "
                              "(selector_key) WHERE u.subject_key=?1 "
                              "GROUP BY l.link_key ORDER BY l.strength, s.type, s.value",
                              key));
  out["evidence"] = TRY(
      JsonRows(db,
               "SELECT a.id AS account, s.type, s.value, g.raw, g.origin, g.at, i.path AS source_path, g.place AS "
               "source_place FROM subject_account u "
               "JOIN link_account x ON x.account_key=u.account_key JOIN link l USING (link_key) JOIN selector s USING "
               "(selector_key) "
               "JOIN account a ON a.account_key=u.account_key JOIN account_mention m ON m.account_key=u.account_key "
               "JOIN sighting g ON g.mention_key=m.mention_key AND g.selector_key=l.selector_key JOIN exhibit_item i "
               "ON i.item_key=g.item_key "
               "WHERE u.subject_key=?1 ORDER BY s.type, s.value, a.id, g.sighting_key",
               key));
  return out;
}

Result<json> ShowFile(Database& db, std::string_view id) {
  const int64_t key = TRY(KeyFor(db, "file",
                                 "SELECT media_key FROM media WHERE id=?1 OR lower(hex(sha256))=lower(?1) UNION ALL "
                                 "SELECT d.media_key FROM file_details f "
                                 "JOIN exhibit_item e ON e.item_key=f.media_item_key JOIN media d ON d.sha256=e.sha256 "
                                 "WHERE f.provider_file_id=?1 OR f.id=?1 LIMIT 1",
                                 id));
  json out = TRY(First(
      JsonRows(
          db,
          "SELECT id, sha256, sha1, md5, size_bytes, state, reason, kind, width, height, frames, pdq, "
          "pdq_quality, exif AS exif_json, facts AS facts_json, members AS members_json, examined_at FROM media WHERE "
          "media_key=?1",
          key),
      "file", id));
  out["video_frames"] = TRY(
      JsonRows(db, "SELECT number, at_millis, quality, pdq FROM media_frame WHERE media_key=?1 ORDER BY number", key));
  out["shares_frames_with"] = TRY(
      JsonRows(db,
               "SELECT m.id, l.frames_met, l.frames_compared, round(100.0*l.frames_met/l.frames_compared,1) AS "
               "percent FROM video_link l JOIN media m ON m.media_key=l.other_key WHERE l.media_key=?1 ORDER BY m.id",
               key));
  out["copies"] = TRY(JsonRows(db,
                               "SELECT i.path, c.member_path, c.depth, p.id AS inside FROM media_copy c JOIN "
                               "exhibit_item i USING (item_key) LEFT JOIN media p ON p.media_key=c.parent_media_key "
                               "WHERE c.media_key=?1 ORDER BY c.copy_key",
                               key));
  out["declared"] = TRY(JsonRows(db,
                                 "SELECT f.id, f.provider_file_id, f.provider_report_id, a.id AS account, f.file_name, "
                                 "f.original_file_name, f.viewed_by_esp AS is_viewed_by_esp, "
                                 "f.exif_viewed_by_esp AS is_exif_viewed_by_esp, f.publicly_available AS "
                                 "is_publicly_available, f.relevance, f.industry_classification, "
                                 "f.annotations AS annotations_json, f.claimed_hashes AS claimed_hashes_json, "
                                 "f.hash_check, s.path AS source_path, f.place AS source_place "
                                 "FROM media d JOIN exhibit_item e ON e.sha256=d.sha256 JOIN file_details f ON "
                                 "f.media_item_key=e.item_key JOIN exhibit_item s ON s.item_key=f.item_key "
                                 "LEFT JOIN account a USING (account_key) WHERE d.media_key=?1 ORDER BY f.details_key",
                                 key));
  out["hits"] = TRY(JsonRows(db,
                             "SELECT h.id, h.method, h.distance, h.frames_met, h.frames_compared, h.state, l.name AS "
                             "list, l.version AS list_version, "
                             "l.owner, l.kind, l.scheme, e.entry_id, e.member, e.code, e.grade, e.votes_for, "
                             "e.votes_against, e.series, e.withdrawn_at, e.place AS source_place FROM hash_hit h JOIN "
                             "hash_entry e USING (entry_key) JOIN hash_list l USING (list_key) "
                             "WHERE h.media_key=?1 ORDER BY h.method, h.distance, l.name, e.entry_id",
                             key));
  const json verdict =
      TRY(JsonRows(db, "SELECT verdict, explanation AS explanation_json FROM media_verdict WHERE media_key=?1", key));
  out["verdict"] = verdict.empty() ? json("unknown") : verdict.front();
  const json cluster = TRY(JsonRows(db,
                                    "SELECT c.id, c.member_count, r.id AS representative, m.distance FROM "
                                    "cluster_member m JOIN cluster c USING (cluster_key) "
                                    "JOIN media r ON r.media_key=c.representative_key WHERE m.media_key=?1",
                                    key));
  out["cluster"] = cluster.empty() ? json() : cluster.front();
  return out;
}

Result<json> ListHashLists(Database& db) {
  return JsonRows(db,
                  "SELECT id, name, version, owner, kind, scheme, scheme_country, scheme_version, environment, state, "
                  "row_count, taken_count, ignored_count, "
                  "quarantined_count, source_name, source_sha256, imported_at FROM hash_list ORDER BY list_key");
}

Result<json> ShowHashList(Database& db, std::string_view id) {
  const int64_t key = TRY(KeyFor(
      db, "hash list", "SELECT list_key FROM hash_list WHERE id=?1 OR name=?1 ORDER BY list_key DESC LIMIT 1", id));
  json out = TRY(First(JsonRows(db,
                                "SELECT id, name, version, owner, kind, scheme, scheme_country, scheme_version, "
                                "environment, state, row_count, taken_count, ignored_count, quarantined_count, "
                                "source_name, source_sha256, imported_at FROM hash_list WHERE list_key=?1",
                                key),
                       "hash list", id));
  out["codes"] = TRY(JsonRows(db,
                              "SELECT code, grade, count(*) AS entries, count(withdrawn_at) AS withdrawn FROM "
                              "hash_entry WHERE list_key=?1 GROUP BY code, grade ORDER BY code, grade",
                              key));
  out["quarantine"] =
      TRY(JsonRows(db, "SELECT place, reason FROM list_quarantine WHERE list_key=?1 ORDER BY place LIMIT 1000", key));
  out["hits"] = TRY(JsonRows(db,
                             "SELECT method, h.state, count(*) AS hits FROM hash_hit h JOIN hash_entry e USING "
                             "(entry_key) WHERE e.list_key=?1 GROUP BY method, h.state ORDER BY method",
                             key));
  return out;
}

Result<json> ListPackages(Database& db) {
  return JsonRows(db,
                  "SELECT p.id, o.name AS operation, p.authority, p.kind, p.state, p.account_count, p.file_count, "
                  "p.payload_bytes, p.gateway, p.folder, p.composed_at, "
                  "p.sealed_at, p.released_at, p.answered_at, p.case_number FROM package p JOIN operation o USING "
                  "(operation_key) ORDER BY o.name, p.authority, p.package_key");
}

Result<json> ShowPackage(Database& db, std::string_view id) {
  json out =
      TRY(First(JsonRows(db,
                         "SELECT p.id, o.name AS operation, p.authority, p.kind, p.state, p.gateway, p.gateway_reason, "
                         "p.contents_sha256, p.folder, p.payload_bytes, p.account_count, p.file_count, "
                         "p.composed_at, p.sealed_at, p.released_at, p.answered_at, p.case_number, q.id AS answers "
                         "FROM package p JOIN operation o USING (operation_key) "
                         "LEFT JOIN package q ON q.package_key=p.answers_package_key WHERE p.id=?1",
                         id),
                "package", id));
  out["accounts"] =
      TRY(JsonRows(db,
                   "SELECT a.id, a.service, a.esp_identifier, t.lane, t.band, t.due_at FROM package_account x JOIN "
                   "package p USING (package_key) JOIN account a USING (account_key) "
                   "LEFT JOIN triage t USING (account_key) WHERE p.id=?1 ORDER BY a.id",
                   id));
  out["approvals"] =
      TRY(JsonRows(db, "SELECT act, officer, at FROM approval WHERE object_id=?1 ORDER BY at, officer", id));
  out["ledger"] =
      TRY(JsonRows(db, "SELECT leaf_index, act, at FROM ledger_leaf WHERE object_id=?1 ORDER BY leaf_index", id));
  return out;
}

Result<json> ListQueues(Database& db) {
  return JsonRows(
      db,
      "SELECT queue, count(*) AS waiting, min(due_at) AS first_due_at FROM queue_item GROUP BY queue ORDER BY queue");
}

Result<json> ShowQueue(Database& db, std::string_view queue, int64_t limit) {
  return JsonRows(
      db,
      "SELECT position, noun, noun_id AS id, reason, due_at FROM queue_item WHERE queue=?1 ORDER BY position LIMIT ?2",
      queue, limit);
}

Result<json> ListQuarantine(Database& db, int64_t limit) {
  return JsonRows(db,
                  "SELECT i.path, q.place, q.kind, q.reason FROM quarantine q JOIN exhibit_item i USING (item_key) "
                  "ORDER BY i.path, q.quarantine_key LIMIT ?1",
                  limit);
}

Result<json> OperationFigures(Database& db, std::string_view name) {
  const int64_t op = TRY(KeyFor(db, "operation", "SELECT operation_key FROM operation WHERE name=?1", name));
  const auto number = [&](std::string_view sql) -> Result<int64_t> { return TRY(db.Number(sql, op)).value_or(0); };
  json out;
  out["operation"] = name;
  out["reports"] = TRY(number("SELECT count(*) FROM report WHERE operation_key=?1 AND state='taken'"));
  out["reports_duplicate"] = TRY(number("SELECT count(*) FROM report WHERE operation_key=?1 AND state='duplicate'"));
  constexpr std::string_view kAccounts =
      "SELECT DISTINCT m.account_key FROM account_mention m JOIN report r USING (report_key) WHERE r.operation_key=?1";
  const std::string accounts(kAccounts);
  out["accounts"] = TRY(number("SELECT count(*) FROM (" + accounts + ")"));
  out["accounts_reported"] = TRY(number("SELECT count(*) FROM (" + accounts + " AND m.role='reported')"));
  out["subjects"] =
      TRY(number("SELECT count(DISTINCT subject_key) FROM subject_account WHERE account_key IN (" + accounts + ")"));
  out["selectors"] =
      TRY(number("SELECT count(DISTINCT g.selector_key) FROM sighting g JOIN report r USING (report_key) WHERE "
                 "r.operation_key=?1"));
  out["submissions"] = TRY(number("SELECT count(*) FROM submission WHERE operation_key=?1 AND state<>'sealing'"));
  out["items"] = TRY(number("SELECT coalesce(sum(item_count),0) FROM submission WHERE operation_key=?1"));
  out["bytes"] = TRY(number("SELECT coalesce(sum(byte_count),0) FROM submission WHERE operation_key=?1"));
  const std::string media =
      "(SELECT c.media_key FROM media_copy c JOIN exhibit_item i USING (item_key) JOIN submission s USING "
      "(submission_key) WHERE s.operation_key=?1)";
  out["files"] = TRY(number("SELECT count(*) FROM media WHERE media_key IN " + media));
  out["file_states"] = TRY(JsonRows(
      db, "SELECT state, count(*) AS files FROM media WHERE media_key IN " + media + " GROUP BY state ORDER BY state",
      op));
  out["hits"] =
      json{{"hash_hits", TRY(number("SELECT count(*) FROM hash_hit WHERE state='live' AND media_key IN " + media))},
           {"files_known",
            TRY(number("SELECT count(*) FROM media_verdict WHERE verdict='known' AND media_key IN " + media))},
           {"files_benign",
            TRY(number("SELECT count(*) FROM media_verdict WHERE verdict='benign' AND media_key IN " + media))},
           {"files_in_conflict",
            TRY(number("SELECT count(*) FROM media_verdict WHERE verdict='conflict' AND media_key IN " + media))},
           {"partner_hits", TRY(number("SELECT count(*) FROM partner_hit WHERE account_key IN (" + accounts + ")"))}};
  out["clusters"] = TRY(number("SELECT count(DISTINCT cluster_key) FROM cluster_member WHERE media_key IN " + media));
  out["clustered_files"] = TRY(number("SELECT count(*) FROM cluster_member WHERE media_key IN " + media));
  out["urgent_cases"] =
      TRY(number("SELECT count(*) FROM triage WHERE lane='urgent' AND account_key IN (" + accounts + ")"));
  out["countries"] =
      TRY(JsonRows(db,
                   "SELECT country, count(*) AS accounts FROM jurisdiction WHERE country<>'' AND account_key IN (" +
                       accounts + ") GROUP BY country ORDER BY accounts DESC, country",
                   op));
  out["accounts_unclear"] =
      TRY(number("SELECT count(*) FROM jurisdiction WHERE country='' AND account_key IN (" + accounts + ")"));
  out["packages"] = TRY(JsonRows(db,
                                 "SELECT id, authority, kind, state, account_count, file_count, payload_bytes FROM "
                                 "package WHERE operation_key=?1 ORDER BY kind DESC, authority, package_key",
                                 op));
  out["withheld"] = TRY(JsonRows(db,
                                 "SELECT reason_code, count(*) AS accounts FROM withheld WHERE operation_key=?1 GROUP "
                                 "BY reason_code ORDER BY reason_code",
                                 op));
  out["quarantine"] =
      TRY(JsonRows(db,
                   "SELECT q.kind, count(*) AS records FROM quarantine q JOIN exhibit_item i USING (item_key) JOIN "
                   "submission s USING (submission_key) WHERE s.operation_key=?1 GROUP BY q.kind ORDER BY q.kind",
                   op));
  out["queues"] = TRY(ListQueues(db));
  return out;
}

}  // namespace crossguard
