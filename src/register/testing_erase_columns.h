// For tests: columns of text or bytes that the sweep of an erasure does not reach, each with the reason why it need
// not. docs/decisions/erasure.md, "Every column".
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace crossguard {

// Why a column is not swept.
enum class Unswept : uint8_t {
  kId,         // a public id, or that of an authority, an officer, a message: names no person
  kWord,       // of a closed vocabulary, a day, a count, the name of a step, a place in a list
  kDeleted,    // the row goes with what it is about, or the column is emptied by a rule of its own
  kCommits,    // keyed or salted with what is not kept here, or a digest of a whole document, package or message
  kLedger,     // what stands in ledgers, this house's and others': salted commitments, and signatures over them
  kTombstone,  // says that something was erased, and nothing of what it was
  kNodeKey,    // a key of a node
  kList        // of a hash list: its owner's data, which its owner withdraws
};

inline const std::map<std::string, Unswept, std::less<>>& UnsweptColumns() {
  static const std::map<std::string, Unswept, std::less<>> kColumns = [] {
    using enum Unswept;
    constexpr std::pair<Unswept, std::string_view> kGroups[] = {
        {kId,
         "access_notice.message access_notice.sender account.id approval.object_id approval.officer carriage.id "
         "carriage.origin "
         ""
         "coordination_claim.channel coordination_claim.party coordination_interest.channel "
         "coordination_interest.party coordination_interest.source correction.message_id "
         "correction.sender cosignature.witness deconfliction_agreement.authority "
         "deconfliction_notice.deconfliction deconfliction_notice.origin deconfliction_notice.other "
         "deconfliction_override.authority deconfliction_party.channel deconfliction_party.party "
         "deconfliction_source.source deconfliction_told.channel deconfliction_told.party "
         "deconfliction_told.recipient hit_blind_ask.authority hit_blind_ask.message_id "
         "hit_blind_item.authority hit_blind_item.message_id hit_blinded.authority hit_blinded.message_id "
         "hit_epoch.authority hit_officer_quota.authority hit_officer_quota.officer hit_query.authority "
         "hit_query.message_id hit_quota.authority "
         "hit_tags.authority inbox.id inbox.sender information_request.authority "
         "information_request.message_id labelled.noun_id ledger_leaf.object_id outcome_account.account "
         "outcome_arrival.channel outcome_arrival.message package_question.message_id "
         "package_question.sender peer.authority received_package.package received_package.sender "
         "release_request.authority release_request.message_id retention_keep.object_id "
         "submission_origin.submission witnessed.authority"},
        {kWord,
         "approval.act carriage.direction balance.detail balance.line contribution_refusal.reason "
         "coordination_claim.operation coordination_key.noun deconfliction_override.kind "
         "destroyed_extent.state hit_officer_quota.day hit_quota.day information_request.direction labelled.noun "
         "ledger_leaf.act ledger_private.field list_quarantine.place queue_item.noun queue_item.queue "
         "release_request.direction retention_keep.kind score.axis step.name step.state "
         "witness_alarm.kind"},
        {kDeleted,
         "account.category account.esp_identifier account.minor account.service blob.md5 blob.sha1 "
         "blob.sha256 blob.wrapped_key coordination_interest.key coordination_key.key "
         "coordination_unit.key coordination_unit.unit deconfliction.unit exhibit_item.sha256 "
         "hit_blind_item.blind hit_blind_item.element holding.category holding.ref holding.type "
         "holding.value ledger_private.salt ledger_private.value media.md5 media.pdq media.pdq_full "
         "media.sha1 media.sha256 media_frame.pdq outcome_file.sha256 selector.type selector.value"},
        {kCommits,
         "approval.details_sha256 authority_load.source_sha256 contribution.source_sha256 "
         "coordination_claim.key hit_blind_ask.case_nonce hit_blinded.case_commitment "
         "hit_blinded.elements hit_blinded.elements_sha256 hit_epoch.content_mac hit_tags.entries "
         "hit_tags.first_tag inbox.message_sha256 outbox.message_sha256 outcome_subject.token "
         "package.contents_sha256 step.input_digest submission.manifest_sha256"},
        {kLedger,
         "checkpoint_seen.note checkpoint_seen.root cosignature.line cosignature.root "
         "cosignature.verifier ledger_leaf.entry ledger_leaf.leaf_hash witness_alarm.origin "
         "witness_alarm.other_note witness_alarm.seen_note witnessed.note witnessed.origin witnessed.root "
         "witnessed.verifier"},
        {kTombstone,
         "erasure.asked_by erasure.commitment erasure.counts erasure.id erasure.kind erasure.object_id "
         "erasure.officer erasure.state erasure.why erasure_document.original_commitment "
         "erasure_document.outcome erasure_file.path erasure_line.line erasure_notice.message_id "
         "erasure_notice.reason erasure_notice.recipient erasure_notice.state erasure_open.object "
         "erasure_open.reason erasure_order.body erasure_order.erasure_id erasure_order.message_id "
         "erasure_order.said erasure_order.sender erasure_order.state"},
        {kNodeKey, "hit_blind_ask.public_key hit_epoch.public_key hit_tags.public_key peer.tls_key_sha256"},
        {kList,
         "hash_entry.code hash_entry.entry_id hash_entry.facts hash_entry.grade hash_entry.md5 "
         "hash_entry.member hash_entry.pdq hash_entry.place hash_entry.series hash_entry.sha1 "
         "hash_entry.sha256 hash_list.environment hash_list.id hash_list.kind hash_list.name "
         "hash_list.owner hash_list.pdq_definition hash_list.scheme hash_list.scheme_country "
         "hash_list.scheme_version hash_list.source_name hash_list.source_sha256 hash_list.state "
         "hash_list.version"}};
    std::map<std::string, Unswept, std::less<>> out;
    for (const auto& [why, names] : kGroups) {
      for (size_t at = 0; at < names.size();) {
        const size_t end = std::min(names.find(' ', at), names.size());
        out.emplace(names.substr(at, end - at), why);
        at = end + 1;
      }
    }
    return out;
  }();
  return kColumns;
}

}  // namespace crossguard
