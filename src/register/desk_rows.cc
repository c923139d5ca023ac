#include "register/desk_rows.h"

#include "base/json.h"
#include "register/desk_parts.h"
#include "register/json_rows.h"

namespace crossguard {
namespace {

using desk_parts::First;
using desk_parts::KeyFor;
using desk_parts::OneOrNull;
using nlohmann::json;

Result<bool> Holds(Database& db, const std::string& condition, int64_t key) {
  return TRY(db.Number("SELECT 1 WHERE " + condition, key)).has_value();
}

// Report by report: of the reports that the viewer may see.
Status AddReported(Database& db, const Sight& see, int64_t key, json& out) {
  const std::string seen = see.Submission("r.submission_key");
  out["reports"] = TRY(JsonRows(db,
                                "SELECT r.id, r.provider, r.provider_report_id, r.incident_type, r.incident_at, "
                                "r.incident_zone_known AS is_incident_zone_known, r.escalate_reason, r.batched_reason, "
                                "r.annotations AS annotations_json, m.role, i.path AS source_path, m.place AS "
                                "source_place, m.unknown_fields AS unknown_fields_json "
                                "FROM account_mention m JOIN report r USING (report_key) JOIN exhibit_item i ON "
                                "i.item_key=m.item_key WHERE m.account_key=?1 AND " +
                                    seen + " ORDER BY r.report_key",
                                key));
  out["values"] =
      TRY(JsonRows(db,
                   "SELECT v.field, v.value, i.path AS source_path, v.place AS source_place FROM account_value v JOIN "
                   "account_mention m USING (mention_key) JOIN report r USING (report_key) "
                   "JOIN exhibit_item i ON i.item_key=v.item_key WHERE m.account_key=?1 AND " +
                       seen + " ORDER BY v.value_key",
                   key));
  out["selectors"] = TRY(JsonRows(db,
                                  "SELECT s.type, s.value, g.raw, g.origin, g.at, g.at_text, g.zone_known AS "
                                  "is_zone_known, g.port, g.event_name, g.possible_proxy AS is_possible_proxy, "
                                  "g.verified AS is_verified, i.path AS source_path, g.place AS source_place FROM "
                                  "sighting g JOIN selector s USING (selector_key) "
                                  "JOIN account_mention m USING (mention_key) JOIN report r ON "
                                  "r.report_key=g.report_key JOIN exhibit_item i ON "
                                  "i.item_key=g.item_key WHERE m.account_key=?1 AND " +
                                      seen + " ORDER BY g.sighting_key",
                                  key));
  out["files"] =
      TRY(JsonRows(db,
                   "SELECT f.id, f.provider_file_id, f.file_name, f.state, f.hash_check, f.viewed_by_esp AS "
                   "is_viewed_by_esp, f.publicly_available AS is_publicly_available, "
                   "f.industry_classification, d.sha256, d.id AS media, d.state AS media_state, v.verdict, i.path AS "
                   "source_path, f.place AS source_place FROM file_details f "
                   "LEFT JOIN exhibit_item e ON e.item_key=f.media_item_key AND " +
                       see.Submission("e.submission_key") + " LEFT JOIN media d ON d.sha256=e.sha256 AND " +
                       see.Media("d.media_key") +
                       " LEFT JOIN media_verdict v USING (media_key) "
                       "JOIN exhibit_item i ON i.item_key=f.item_key WHERE f.account_key=?1 AND " +
                       see.Submission("i.submission_key") + " ORDER BY f.details_key",
                   key));
  return {};
}

// What was worked out from all reports that name the account: for who may see them all.
Status AddWorkedOut(Database& db, const Viewer& viewer, int64_t key, json& out) {
  const Sight& see = viewer.To(DataAct::kRead);
  out["subject"] =
      TRY(db.TextOf("SELECT s.id FROM subject s JOIN subject_account USING (subject_key) WHERE account_key=?1 AND " +
                        see.Subject("s.subject_key"),
                    key))
          .value_or("");
  out["not_in_index_because"] =
      TRY(db.TextOf("SELECT reason FROM index_exclusion WHERE account_key=?1", key)).value_or("");
  out["links"] = TRY(JsonRows(db,
                              "SELECT s.type, s.value, l.strength, l.sharer_count, l.reason FROM link_account a JOIN "
                              "link l USING (link_key) JOIN selector s USING (selector_key) "
                              "WHERE a.account_key=?1 AND " +
                                  see.Link("l.link_key") + " ORDER BY l.strength, s.type, s.value",
                              key));
  out["partner_hits"] =
      TRY(JsonRows(db,
                   "SELECT p.id, p.selector_type, p.owner, p.contact FROM partner_hit p JOIN holding h USING "
                   "(holding_key) WHERE p.account_key=?1 AND " +
                       viewer.To(DataAct::kSeeExistence).Contribution("h.contribution_key") +
                       " ORDER BY p.owner, p.selector_type, p.id",
                   key));
  out["scores"] = TRY(JsonRows(
      db, "SELECT axis, points, contributions AS contributions_json FROM score WHERE account_key=?1 ORDER BY axis DESC",
      key));
  out["triage"] =
      TRY(OneOrNull(JsonRows(db,
                             "SELECT lane, lane_reason, band, due_at, second_officer AS is_second_officer_needed, "
                             "second_officer_reason FROM triage WHERE account_key=?1",
                             key)));
  out["jurisdiction"] =
      TRY(OneOrNull(JsonRows(db,
                             "SELECT country, confidence, explanation AS explanation_json, contradictions AS "
                             "contradictions_json FROM jurisdiction WHERE account_key=?1",
                             key)));
  out["jurisdiction_claims"] = TRY(JsonRows(db,
                                            "SELECT country, basis, weight, because FROM jurisdiction_claim WHERE "
                                            "account_key=?1 ORDER BY weight DESC, claim_key",
                                            key));
  out["withheld"] = TRY(JsonRows(db,
                                 "SELECT authority, reason_code, reason FROM withheld w WHERE account_key=?1 AND " +
                                     see.Operation("w.operation_key") + " ORDER BY w.operation_key",
                                 key));
  return {};
}

void AddNothingWorkedOut(json& out) {
  for (const char* fact : {"is_ever_victim", "minor", "category", "triage", "jurisdiction"}) out[fact] = nullptr;
  for (const char* text : {"subject", "not_in_index_because"}) out[text] = "";
  for (const char* list : {"links", "partner_hits", "scores", "jurisdiction_claims", "withheld"})
    out[list] = json::array();
}

}  // namespace

Result<json> ShowAccount(Database& db, const Viewer& viewer, std::string_view id) {
  const Sight& see = viewer.To(DataAct::kRead);
  const int64_t key =
      TRY(KeyFor(db, "account", id,
                 "SELECT a.account_key FROM account a WHERE (a.id=?1 OR a.service||'/'||a.esp_identifier=?1) AND " +
                     see.Account("a.account_key")));
  json out = TRY(First(JsonRows(db,
                                "SELECT id, service, esp_identifier, identifier_derived AS is_identifier_derived, "
                                "ever_victim AS is_ever_victim, minor, category "
                                "FROM account WHERE account_key=?1",
                                key),
                       "account", id));
  TRY(AddReported(db, see, key, out));
  if (TRY(Holds(db, see.AccountWhole("?1"), key)))
    TRY(AddWorkedOut(db, viewer, key, out));
  else
    AddNothingWorkedOut(out);
  out["packages"] = TRY(JsonRows(db,
                                 "SELECT p.id, p.authority, p.kind, p.state FROM package p JOIN package_account USING "
                                 "(package_key) WHERE account_key=?1 AND " +
                                     see.Package("p.package_key") + " ORDER BY p.package_key",
                                 key));
  return out;
}

Result<json> ShowSubject(Database& db, const Viewer& viewer, std::string_view id) {
  const Sight& see = viewer.To(DataAct::kRead);
  const int64_t key = TRY(KeyFor(
      db, "subject", id, "SELECT s.subject_key FROM subject s WHERE s.id=?1 AND " + see.Subject("s.subject_key")));
  json out = TRY(First(JsonRows(db, "SELECT id, account_count FROM subject WHERE subject_key=?1", key), "subject", id));
  out["accounts"] = TRY(JsonRows(db,
                                 "SELECT a.id, a.service, a.esp_identifier, a.category, j.country, j.confidence, "
                                 "t.lane, t.band FROM subject_account s JOIN account a USING (account_key) "
                                 "LEFT JOIN jurisdiction j USING (account_key) LEFT JOIN triage t USING (account_key) "
                                 "WHERE s.subject_key=?1 ORDER BY a.id",
                                 key));
  const std::string link_seen = see.Link("l.link_key");
  out["links"] = TRY(JsonRows(db,
                              "SELECT s.type, s.value, l.strength, l.sharer_count, l.reason, count(*) AS accounts_here "
                              "FROM link l JOIN link_account x USING (link_key) "
                              "JOIN subject_account u ON u.account_key=x.account_key JOIN selector s USING "
                              "(selector_key) WHERE u.subject_key=?1 AND " +
                                  link_seen + " GROUP BY l.link_key ORDER BY l.strength, s.type, s.value",
                              key));
  out["evidence"] = TRY(JsonRows(
      db,
      "SELECT a.id AS account, s.type, s.value, g.raw, g.origin, g.at, i.path AS source_path, g.place AS "
      "source_place FROM subject_account u "
      "JOIN link_account x ON x.account_key=u.account_key JOIN link l USING (link_key) JOIN selector s USING "
      "(selector_key) "
      "JOIN account a ON a.account_key=u.account_key JOIN account_mention m ON m.account_key=u.account_key "
      "JOIN sighting g ON g.mention_key=m.mention_key AND g.selector_key=l.selector_key JOIN exhibit_item i "
      "ON i.item_key=g.item_key "
      "WHERE u.subject_key=?1 AND " +
          link_seen + " AND " + see.Submission("i.submission_key") + " ORDER BY s.type, s.value, a.id, g.sighting_key",
      key));
  return out;
}

Result<json> ShowFile(Database& db, const Viewer& viewer, std::string_view id) {
  const Sight& see = viewer.To(DataAct::kRead);
  const int64_t key = TRY(KeyFor(
      db, "file", id,
      "SELECT d.media_key FROM media d WHERE (d.id=?1 OR lower(hex(d.sha256))=lower(?1)) AND " +
          see.Media("d.media_key") +
          " UNION ALL SELECT d.media_key FROM file_details f JOIN exhibit_item e ON e.item_key=f.media_item_key JOIN "
          "media d ON d.sha256=e.sha256 WHERE (f.provider_file_id=?1 OR f.id=?1) AND " +
          see.Item("f.item_key") + " AND " + see.Submission("e.submission_key") + " AND " + see.Media("d.media_key") +
          " LIMIT 1"));
  json out =
      TRY(First(JsonRows(db,
                         "SELECT id, sha256, sha1, md5, size_bytes, state, reason, kind, width, height, frames, pdq, "
                         "pdq_quality, pdq_full, pdq_full_quality, exif AS exif_json, facts AS facts_json, members AS "
                         "members_json, examined_at FROM media WHERE "
                         "media_key=?1",
                         key),
                "file", id));
  // The bytes tell the rest; when they were first opened tells of whoever had them first.
  if (!TRY(Holds(db, see.MediaWhole("?1"), key))) out["examined_at"] = nullptr;
  out["video_frames"] = TRY(
      JsonRows(db, "SELECT number, at_millis, quality, pdq FROM media_frame WHERE media_key=?1 ORDER BY number", key));
  out["shares_frames_with"] =
      TRY(JsonRows(db,
                   "SELECT m.id, l.frames_met, l.frames_compared, round(100.0*l.frames_met/l.frames_compared,1) AS "
                   "percent FROM video_link l JOIN media m ON m.media_key=l.other_key WHERE l.media_key=?1 AND " +
                       see.Media("m.media_key") + " ORDER BY m.id",
                   key));
  out["copies"] =
      TRY(JsonRows(db,
                   "SELECT i.path, c.member_path, c.depth, p.id AS inside FROM media_copy c JOIN "
                   "exhibit_item i USING (item_key) LEFT JOIN media p ON p.media_key=c.parent_media_key AND " +
                       see.Media("p.media_key") + " WHERE c.media_key=?1 AND " + see.Submission("i.submission_key") +
                       " ORDER BY c.copy_key",
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
                                 "LEFT JOIN account a ON a.account_key=f.account_key AND " +
                                     see.Account("a.account_key") + " WHERE d.media_key=?1 AND " +
                                     see.Submission("s.submission_key") + " AND " + see.Submission("e.submission_key") +
                                     " ORDER BY f.details_key",
                                 key));
  out["hits"] = TRY(JsonRows(db,
                             "SELECT h.id, h.method, h.distance, h.frames_met, h.frames_compared, h.state, l.name AS "
                             "list, l.version AS list_version, "
                             "l.owner, l.kind, l.scheme, e.entry_id, e.member, e.code, e.grade, e.votes_for, "
                             "e.votes_against, e.series, e.withdrawn_at, e.place AS source_place FROM hash_hit h JOIN "
                             "hash_entry e USING (entry_key) JOIN hash_list l USING (list_key) "
                             "WHERE h.media_key=?1 ORDER BY h.method, h.distance, l.name, e.entry_id",
                             key));
  const json verdict = TRY(OneOrNull(
      JsonRows(db, "SELECT verdict, explanation AS explanation_json FROM media_verdict WHERE media_key=?1", key)));
  out["verdict"] = verdict.is_null() ? json("unknown") : verdict;
  out["cluster"] =
      TRY(OneOrNull(JsonRows(db,
                             "SELECT c.id, c.member_count, r.id AS representative, c.shows, m.distance FROM "
                             "cluster_member m JOIN cluster c USING (cluster_key) "
                             "JOIN media r ON r.media_key=c.representative_key WHERE m.media_key=?1 AND " +
                                 see.Cluster("c.cluster_key"),
                             key)));
  return out;
}

Result<json> ShowPackage(Database& db, const Viewer& viewer, std::string_view id) {
  const Sight& see = viewer.To(DataAct::kRead);
  json out =
      TRY(First(JsonRows(db,
                         "SELECT p.id, o.name AS operation, p.authority, p.kind, p.state, p.gateway, p.gateway_reason, "
                         "p.contents_sha256, p.folder, p.payload_bytes, p.account_count, p.file_count, "
                         "p.composed_at, p.sealed_at, p.released_at, p.answered_at, p.case_number, q.id AS answers, "
                         "f.id AS follows FROM package p JOIN operation o USING (operation_key) "
                         "LEFT JOIN package f ON f.package_key=p.follows_package_key AND " +
                             see.Package("f.package_key") +
                             " "
                             "LEFT JOIN package q ON q.package_key=p.answers_package_key AND " +
                             see.Package("q.package_key") + " WHERE p.id=?1 AND " + see.Package("p.package_key"),
                         id),
                "package", id));
  // How an account was triaged may come from reports of other operations too.
  out["accounts"] = TRY(JsonRows(
      db,
      "SELECT a.id, a.service, a.esp_identifier, t.lane, t.band, t.due_at FROM package_account x JOIN "
      "package p USING (package_key) JOIN account a USING (account_key) "
      "LEFT JOIN triage t ON t.account_key=a.account_key AND " +
          see.AccountWhole("a.account_key") + " WHERE p.id=?1 AND " + see.Account("a.account_key") + " ORDER BY a.id",
      id));
  out["superseded_seals"] = TRY(JsonRows(db,
                                         "SELECT s.version, s.certificate_sha256, s.sealed_at, s.superseded_at FROM "
                                         "package_seal s JOIN package p USING (package_key) WHERE p.id=?1 ORDER BY "
                                         "s.version",
                                         id));
  out["held_back"] = TRY(JsonRows(db,
                                  "SELECT a.id FROM package_held_back x JOIN package p USING (package_key) JOIN "
                                  "account a USING (account_key) WHERE "
                                  "p.id=?1 AND " +
                                      see.Account("a.account_key") + " ORDER BY a.id",
                                  id));
  out["approvals"] =
      TRY(JsonRows(db, "SELECT act, officer, at FROM approval WHERE object_id=?1 ORDER BY at, officer", id));
  out["ledger"] = TRY(JsonRows(db, "SELECT act, at FROM ledger_leaf WHERE object_id=?1 ORDER BY leaf_index", id));
  return out;
}

Result<std::string> SeenPackage(Database& db, const Viewer& viewer, std::string_view id) {
  const auto found = TRY(db.TextOf(
      "SELECT p.id FROM package p WHERE p.id=?1 AND " + viewer.To(DataAct::kRead).Package("p.package_key"), id));
  if (!found) return desk_parts::NotFound("package", id);
  return *found;
}

Result<std::string> SeenOperation(Database& db, const Viewer& viewer, std::string_view id_or_name) {
  const auto found = TRY(db.TextOf("SELECT o.id FROM operation o WHERE (o.id=?1 OR o.name=?1) AND " +
                                       viewer.To(DataAct::kRead).Operation("o.operation_key"),
                                   id_or_name));
  if (!found) return desk_parts::NotFound("operation", id_or_name);
  return *found;
}

}  // namespace crossguard
