#include "register/score_rows.h"

namespace crossguard {
namespace {

Status EachText(Database& db, std::string_view sql, const OnKey& on_key) {
  return db.Each(sql, [&](const SqlRow& row) -> Status {
    on_key(row.Text(0));
    return {};
  });
}

Status EachMember(Database& db, std::string_view sql, const OnGroup& on_member) {
  return db.Each(sql, [&](const SqlRow& row) -> Status {
    on_member(row.Text(0), row.Int(1));
    return {};
  });
}

}  // namespace

Status EachAccountKey(Database& db, const OnKey& on_key) {
  return EachText(db,
                  "SELECT a.service||'/'||a.esp_identifier FROM account a WHERE EXISTS (SELECT 1 FROM account_mention "
                  "m WHERE m.account_key=a.account_key)",
                  on_key);
}

Status EachAccountSelector(Database& db, const OnKey& on_key) {
  return EachText(db,
                  "SELECT DISTINCT a.service||'/'||a.esp_identifier||' '||s.type||' '||s.value FROM sighting g JOIN "
                  "account_mention m USING (mention_key) "
                  "JOIN account a USING (account_key) JOIN selector s USING (selector_key)",
                  on_key);
}

Status EachLiveHashHit(Database& db, const OnKey& on_key) {
  return EachText(db,
                  "SELECT lower(hex(d.sha256))||' '||l.name||' '||e.entry_id FROM hash_hit h JOIN media d USING "
                  "(media_key) JOIN hash_entry e USING (entry_key) "
                  "JOIN hash_list l USING (list_key) WHERE h.state='live' AND l.kind='known'",
                  on_key);
}

Status EachBenignMedia(Database& db, const OnKey& on_key) {
  return EachText(db,
                  "SELECT DISTINCT lower(hex(d.sha256)) FROM hash_hit h JOIN media d USING (media_key) JOIN hash_entry "
                  "e USING (entry_key) "
                  "JOIN hash_list l USING (list_key) WHERE l.kind='benign'",
                  on_key);
}

Status EachSubmissionName(Database& db, const OnKey& on_key) {
  return db.Each("SELECT source_path FROM submission", [&](const SqlRow& row) -> Status {
    std::string path = row.Text(0);
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    on_key(path.substr(path.rfind('/') + 1));
    return {};
  });
}

Status EachWeakLink(Database& db, const OnKey& on_key) {
  return EachText(
      db, "SELECT s.type||' '||s.value FROM link l JOIN selector s USING (selector_key) WHERE l.strength='weak'",
      on_key);
}

Status EachUrgentAccount(Database& db, const OnKey& on_key) {
  return EachText(
      db,
      "SELECT a.service||'/'||a.esp_identifier FROM triage t JOIN account a USING (account_key) WHERE t.lane='urgent'",
      on_key);
}

Status EachMinorAccount(Database& db, const OnKey& on_key) {
  return EachText(
      db,
      "SELECT a.service||'/'||a.esp_identifier FROM account a WHERE a.minor='may_be_minor' AND EXISTS (SELECT 1 FROM "
      "account_mention m WHERE m.account_key=a.account_key AND m.role='reported')",
      on_key);
}

Status EachPartnerHit(Database& db, const OnKey& on_key) {
  return EachText(db,
                  "SELECT DISTINCT a.service||'/'||a.esp_identifier||' '||p.owner||' '||p.selector_type FROM "
                  "partner_hit p JOIN account a USING (account_key)",
                  on_key);
}

Status EachQuarantinedPath(Database& db, const OnKey& on_key) {
  return EachText(db,
                  "SELECT DISTINCT i.path FROM quarantine q JOIN exhibit_item i USING (item_key) WHERE q.kind<>'value'",
                  on_key);
}

Status EachClusterMember(Database& db, const OnGroup& on_member) {
  return EachMember(
      db, "SELECT lower(hex(d.sha256)), c.cluster_key FROM cluster_member c JOIN media d USING (media_key)", on_member);
}

Status EachVideoLink(Database& db, const OnKey& on_key) {
  return EachText(db,
                  "SELECT DISTINCT lower(hex(min(a.sha256,b.sha256)))||' '||lower(hex(max(a.sha256,b.sha256))) FROM "
                  "video_link l JOIN media a ON a.media_key=l.media_key JOIN media b ON b.media_key=l.other_key "
                  "WHERE a.kind LIKE 'video/%' OR b.kind LIKE 'video/%'",
                  on_key);
}

Status EachKind(Database& db, const OnKey& on_key) {
  return EachText(db, "SELECT lower(hex(sha256))||' '||kind FROM media WHERE kind<>''", on_key);
}

// The facts are canonical JSON, and nothing else in them differs.
Status EachOtherStandIn(Database& db, const OnKey& on_key) {
  return EachText(db, "SELECT lower(hex(sha256)) FROM media WHERE facts LIKE '%\"differs\":true%'", on_key);
}

Status EachArchiveMember(Database& db, const OnKey& on_key) {
  return EachText(db,
                  "SELECT DISTINCT lower(hex(d.sha256))||' in '||lower(hex(p.sha256)) FROM media_copy c JOIN media d "
                  "ON d.media_key=c.media_key JOIN media p ON p.media_key=c.parent_media_key",
                  on_key);
}

Status EachSubjectMember(Database& db, const OnGroup& on_member) {
  return EachMember(db,
                    "SELECT a.service||'/'||a.esp_identifier, s.subject_key FROM subject_account s JOIN account a "
                    "USING (account_key)",
                    on_member);
}

Status EachCountry(Database& db, const std::function<void(std::string, std::string)>& on_country) {
  return db.Each(
      "SELECT a.service||'/'||a.esp_identifier, j.country FROM jurisdiction j JOIN account a USING (account_key)",
      [&](const SqlRow& row) -> Status {
        on_country(row.Text(0), row.Text(1));
        return {};
      });
}

Status EachHashAlert(Database& db, const OnKey& on_key) {
  return EachText(db, "SELECT provider_file_id FROM file_details WHERE hash_check='differs'", on_key);
}

}  // namespace crossguard
