#include "testing_world.h"

#include <cstdio>
#include <functional>
#include <map>

#include "base/error.h"
#include "base/json.h"
#include "crypto/merkle.h"
#include "model/canonical.h"
#include "register/label_rows.h"

namespace crossguard::noninterference {
namespace {

using Random = std::mt19937_64;

struct Dice {
  Random random;
  int64_t Below(int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); }
  bool Chance(int64_t percent) { return Below(100) < percent; }
  std::string Of(const std::vector<std::string>& all) {
    return all[static_cast<size_t>(Below(static_cast<int64_t>(all.size())))];
  }
};

// Writes rows and remembers their keys by the public name; order of rows within a world is the builder's.
class Builder {
 public:
  Builder(Database& db, const Seeds& seeds)
      : db_(db), seen_{Random(seeds.visible)}, unseen_{Random(seeds.hidden ^ 0x9E3779B97F4A7C15U)} {}

  void Build() {
    Transaction transaction = Must(Transaction::Begin(db_));
    transaction_ = &transaction;
    // A house that was opened has leaves already: it took in its authorities.
    leaves_ = Must(db_.Number("SELECT max(leaf_index) + 1 FROM ledger_leaf")).value_or(0);
    LedgerLeaf("open_house", "", kInsider);
    Operations();
    Submissions();
    Lists();
    Interleave({[&] { SeenReports(); }, [&] { UnseenReports(); }});
    Flush();
    Interleave({[&] { SeenFindings(); }, [&] { UnseenFindings(); }});
    Interleave({[&] { SeenPackages(); }, [&] { UnseenPackages(); }});
    Interleave({[&] { SeenWork(); }, [&] { UnseenWork(); }});
    Flush();
    Interleave({[&] { SeenLedger(); }, [&] { UnseenLedger(); }});
    NarrowerLabels();
    Check(transaction.Commit());
  }

 private:
  using Step = std::function<void()>;

  template <class T>
  static T Must(Result<T> result) {
    CHECK(result.has_value());
    return std::move(*result);
  }
  static void Check(const Status& status) {
    if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
    CHECK(status.has_value());
  }
  template <class... Values>
  int64_t Put(std::string_view sql, const Values&... values) {
    Check(db_.Run(sql, values...));
    return db_.last_insert_key();
  }
  int64_t Key(const std::string& name) const {
    const auto found = keys_.find(name);
    return found == keys_.end() ? 0 : found->second;
  }
  bool Has(const std::string& name) const { return keys_.contains(name); }

  // Two streams of steps: each keeps its own order, which of them comes next is the hidden seed's.
  void Interleave(const std::vector<Step>& streams) {
    std::vector<std::vector<Step>> queued;
    for (const Step& stream : streams) {
      steps_.clear();
      stream();
      queued.push_back(std::move(steps_));
      steps_.clear();
    }
    size_t seen = 0, unseen = 0;
    while (seen < queued[0].size() || unseen < queued[1].size()) {
      const bool take_seen = unseen == queued[1].size() || (seen < queued[0].size() && unseen_.Chance(50));
      (take_seen ? queued[0][seen++] : queued[1][unseen++])();
    }
  }
  void Later(Step step) { steps_.push_back(std::move(step)); }
  void Flush() {
    for (const Step& step : last_) step();
    last_.clear();
  }

  void LedgerLeaf(const std::string& act, const std::string& object, const std::string& officer, int64_t at = 0) {
    const std::string entry = Canonical({{"act", act},
                                         {"at", ToText(Instant{at})},
                                         {"details", nlohmann::json::object()},
                                         {"index", leaves_},
                                         {"object", object},
                                         {"officer", officer}});
    Put("INSERT INTO ledger_leaf (leaf_index,entry,leaf_hash,at,act,object_id) VALUES (?1,?2,?3,?4,?5,?6)", leaves_++,
        AsBytes(entry), HashLeaf(AsBytes(entry)), at, act, object);
  }

  // --- operations and who works on them ---
  void Operation(const std::string& id, const std::string& name, int64_t at, const std::vector<std::string>& members) {
    keys_[id] = Put("INSERT INTO operation (id,name,created_at) VALUES (?1,?2,?3)", id, name, at);
    for (const std::string& member : members) {
      Check(InsertMembership(*transaction_,
                             {.compartment = id, .officer = member, .from = Instant{0}, .until = std::nullopt}, 0));
    }
  }
  void Operations() {
    if (unseen_.Chance(50)) Operation("op-hb", "rimu", unseen_.Below(1000), {kInsider});
    Operation("op-va", "kauri", 5, {kViewer, kInsider});
    if (unseen_.Chance(70)) Operation("op-hc", "totara", unseen_.Below(1000), {kInsider, "officer-3"});
    Operation("op-vo", "open", 6, {});  // nobody was ever made a member: open to the house
    // The viewer once was a member of it, until yesterday.
    if (unseen_.Chance(50)) {
      Operation("op-hd", "matai", unseen_.Below(1000), {kInsider});
      Check(InsertMembership(*transaction_,
                             {.compartment = "op-hd",
                              .officer = kViewer,
                              .from = Instant{0},
                              .until = Instant{kNow.micros - kMicrosPerDay}},
                             0));
    }
    Check(InsertMembership(
        *transaction_, {.compartment = "cas-x", .officer = kInsider, .from = Instant{0}, .until = std::nullopt}, 0));
  }

  Labels Narrow() const {
    Labels out = OperationLabels("nz-dia", "cas-x");
    return out;
  }
  void Bear(std::string_view noun, const std::string& id, const Labels& labels, const std::string& officer) {
    Check(SetOwnLabels(*transaction_, {.noun = noun, .id = id, .at = Instant{0}, .officer = officer, .leaf_index = 0},
                       labels));
  }

  void Submission(const std::string& id, const std::string& operation, int64_t items, int64_t bytes) {
    keys_[id] =
        Put("INSERT INTO submission (id,operation_key,state,source_path,item_count,byte_count,begun_at) VALUES "
            "(?1,?2,'read','/in',?3,?4,0)",
            id, Key(operation), items, bytes);
    for (int i = 0; i < 3; ++i) {
      const std::string path = id + "/file-" + std::to_string(i);
      keys_[path] =
          Put("INSERT INTO exhibit_item (submission_key,path,size_bytes,state,role) VALUES (?1,?2,1,'sealed','report')",
              Key(id), path);
    }
  }
  void Submissions() {
    for (const char* id : {"sub-hb", "sub-hd"}) {
      const std::string operation = std::string("op-") + (id + 4);
      if (Has(operation)) Submission(id, operation, unseen_.Below(50), unseen_.Below(5000));
    }
    Submission("sub-v1", "op-va", 7, 700);
    // Within the viewer's operation, for others: how much lies there is hidden, that something does is not varied.
    Submission("sub-hx", "op-va", unseen_.Below(50), unseen_.Below(5000));
    Bear("submission", "sub-hx", Narrow(), kInsider);
    Submission("sub-v2", "op-va", 3, 300);
    Submission("sub-vo", "op-vo", 2, 20);
  }

  void Lists() {
    keys_["lst-1"] =
        Put("INSERT INTO hash_list (id,name,version,owner,kind,scheme,source_sha256,source_name,imported_at,state,"
            "row_count,taken_count,ignored_count,quarantined_count) VALUES "
            "('lst-1','known','1','nz-dia','known','s',x'01','known.csv',0,'current',1,1,0,0)");
    keys_["entry"] = Put("INSERT INTO hash_entry (list_key,entry_id,place) VALUES (?1,'e1','line 1')", Key("lst-1"));
    for (const char* id : {"con-v", "con-h"}) {
      const bool unseen = id[4] == 'h';
      keys_[id] =
          Put("INSERT INTO contribution (id,owner,purpose,handling,grade,contact,source_sha256,imported_at,item_count,"
              "taken_count,refused_count) VALUES (?1,?2,'cross_check','[\"H1\"]','B2',?3,?4,0,1,1,0)",
              id, unseen ? "at-bk" : "eu-europol", unseen ? "hidden desk " + Text(unseen_) : std::string("desk"),
              AsBytes(std::string(id)));
      keys_[std::string("hol-") + id] =
          Put("INSERT INTO holding (contribution_key,type,value,category,ref) VALUES (?1,'email','x','suspect',?2)",
              Key(id), Text(unseen_));
    }
  }

  static std::string Text(Dice& dice) { return "text-" + std::to_string(dice.Below(1'000'000)); }

  // --- what came in ---
  struct From {
    Dice& dice;
    std::string submission;
  };
  std::string ItemOf(const From& from) { return from.submission + "/file-" + std::to_string(from.dice.Below(3)); }

  void Account(const std::string& id, bool victim, bool minor, const std::string& category) {
    if (Has(id)) return;
    keys_[id] =
        Put("INSERT INTO account (id,service,esp_identifier,ever_victim,minor,category) VALUES (?1,?2,?3,?4,?5,?6)", id,
            "chat", "user-" + id, victim, minor ? "may_be_minor" : "unknown", category);
  }
  int64_t Selector(const std::string& value) {
    const std::string name = "selector " + value;
    if (!Has(name)) keys_[name] = Put("INSERT INTO selector (type,value) VALUES ('email',?1)", value);
    return Key(name);
  }
  // What is in a file is its name, but of what bears narrower labels: that differs.
  std::string Content(const std::string& media) {
    if (media != "med-p" && media != "med-q") return "content of " + media;
    if (content_.empty()) content_ = Text(unseen_);
    return "content of " + media + content_;
  }
  void Media(const std::string& id, Dice& dice) {
    const int64_t examined_at =
        dice.Below(1'000'000);  // drawn whether or not it is there: the other stream may have put it
    if (Has(id)) return;
    const std::string bytes = Content(id);
    keys_[id] =
        Put("INSERT INTO media (id,sha256,md5,sha1,size_bytes,state,kind,width,examined_at) VALUES "
            "(?1,?2,x'00',x'00',5,'examined','image/jpeg',?3,?4)",
            id, AsBytes(bytes), static_cast<int64_t>(id.size()), examined_at);
    Put("INSERT INTO hash_hit (id,media_key,entry_key,method,state) VALUES (?1,?2,?3,'sha256','live')", "hit-" + id,
        Key(id), Key("entry"));
    Put("INSERT INTO media_verdict (media_key,verdict,explanation) VALUES (?1,'known','[]')", Key(id));
  }

  void Report(const std::string& id, const From& from, const std::string& operation) {
    keys_[id] =
        Put("INSERT INTO report (id,operation_key,submission_key,item_key,place,dialect,provider,provider_report_id,"
            "state,incident_type,incident_at,additional_info) VALUES (?1,?2,?3,?4,?5,'xml','chat',?1,'taken',?6,?7,?8)",
            id, Key(operation), Key(from.submission), Key(ItemOf(from)), "record " + id, Text(from.dice),
            from.dice.Below(1'000'000), Text(from.dice));
  }
  void Mention(const std::string& account, const std::string& report, const From& from, const std::string& selector) {
    Put("INSERT INTO account_mention (account_key,report_key,role,item_key,place) VALUES (?1,?2,'reported',?3,'x') "
        "ON CONFLICT DO NOTHING",
        Key(account), Key(report), Key(ItemOf(from)));
    const int64_t mention =
        Must(db_.Number("SELECT mention_key FROM account_mention WHERE account_key=?1 AND report_key=?2", Key(account),
                        Key(report)))
            .value_or(0);
    Put("INSERT INTO account_value (mention_key,field,value,item_key,place) VALUES (?1,'bio',?2,?3,'x')", mention,
        Text(from.dice), Key(ItemOf(from)));
    Put("INSERT INTO sighting (selector_key,mention_key,report_key,origin,raw,at,item_key,place) VALUES "
        "(?1,?2,?3,'declared',?4,?5,?6,'x')",
        Selector(selector), mention, Key(report), Text(from.dice), from.dice.Below(1000), Key(ItemOf(from)));
  }
  void File(const std::string& media, const std::string& account, const std::string& report, const From& from) {
    const std::string name = media + " in " + report;
    if (Has(name)) return;  // a report declares a file once
    keys_[name] = 1;
    Media(media, from.dice);
    const int64_t item =
        Put("INSERT INTO exhibit_item (submission_key,path,size_bytes,sha256,state,role) VALUES "
            "(?1,?2,5,?3,'sealed','media')",
            Key(from.submission), name, AsBytes(Content(media)));
    Put("INSERT INTO media_copy (media_key,item_key) VALUES (?1,?2)", Key(media), item);
    Put("INSERT INTO file_details (id,report_key,provider_report_id,account_key,provider_file_id,file_name,item_key,"
        "place,state,media_item_key) VALUES (?1,?2,?3,?4,?5,?6,?7,'x','matched',?8)",
        "fil-" + media + report, Key(report), report, Key(account), "file-" + media, Text(from.dice), Key(ItemOf(from)),
        item);
  }

  void SeenReports() {
    for (int i = 0; i < 10; ++i) {
      Later([this, i] {
        const From from{seen_, i % 2 == 0 ? "sub-v1" : "sub-v2"};
        const std::string report = "rep-v" + std::to_string(i);
        Report(report, from, "op-va");
        for (int64_t n = 1 + seen_.Below(3); n > 0; --n) {
          const int64_t which = seen_.Below(12);
          const std::string account = which < 8 ? "acc-w" + std::to_string(which) : "acc-m" + std::to_string(which - 8);
          SeenAccount(account);
          Mention(account, report, from, "sam" + std::to_string(seen_.Below(6)) + "@mail.example");
          if (seen_.Chance(60)) {
            const int64_t file = seen_.Below(9);
            File(file < 6 ? "med-v" + std::to_string(file) : "med-x" + std::to_string(file - 6), account, report, from);
          }
        }
        if (seen_.Chance(40)) {
          Put("INSERT INTO quarantine (item_key,place,kind,reason) VALUES (?1,?2,'value',?3)", Key(ItemOf(from)),
              "q" + std::to_string(i), Text(seen_));
        }
      });
    }
    // Accounts and files that others hold too are named in the viewer's reports whatever the dice said.
    Later([this] {
      const From from{seen_, "sub-v1"};
      Report("rep-vm", from, "op-va");
      for (int i = 0; i < 4; ++i) {
        SeenAccount("acc-m" + std::to_string(i));
        Mention("acc-m" + std::to_string(i), "rep-vm", from, "sam" + std::to_string(i) + "@mail.example");
      }
      for (int i = 0; i < 8; ++i) {
        SeenAccount("acc-w" + std::to_string(i));
        Mention("acc-w" + std::to_string(i), "rep-vm", from, "sam" + std::to_string(i) + "@mail.example");
      }
      for (int i = 0; i < 3; ++i) File("med-x" + std::to_string(i), "acc-w0", "rep-vm", from);
      for (int i = 0; i < 6; ++i) File("med-v" + std::to_string(i), "acc-w1", "rep-vm", from);
      File("med-p", "acc-w1", "rep-vm", from);  // will bear narrower labels
    });
  }
  // Of an account that others hold too, protection is fixed: it is the one fact that crosses compartments.
  void SeenAccount(const std::string& id) {
    const bool whole = id[4] == 'w';
    const char last = id.back();
    Account(id, last == '3', last == '2', whole && last == '5' ? "suspect" : "unresolved");
  }

  void UnseenReports() {
    // Always there, so that what is held by two is held by two in both worlds; what it says differs.
    Later([this] {
      const From from{unseen_, "sub-hx"};
      Report("rep-hx", from, "op-va");
      for (int i = 0; i < 4; ++i) {
        SeenAccount("acc-m" + std::to_string(i));
        Mention("acc-m" + std::to_string(i), "rep-hx", from,
                "samh" + std::to_string(unseen_.Below(6)) + "@mail.example");
        if (unseen_.Chance(50))
          File("med-h" + std::to_string(unseen_.Below(4)), "acc-m" + std::to_string(i), "rep-hx", from);
      }
      for (int i = 0; i < 3; ++i) File("med-x" + std::to_string(i), "acc-m0", "rep-hx", from);
      File("med-h0", "acc-m0", "rep-hx", from);
      UnseenAccount("acc-h0");
      Mention("acc-h0", "rep-hx", from, "sam0@mail.example");
      // A record of the viewer's that repeats one of theirs.
      last_.push_back([this] {
        Put("INSERT INTO report (id,operation_key,submission_key,item_key,place,dialect,provider,provider_report_id,"
            "state,duplicate_of,incident_type) VALUES ('rep-vd',?1,?2,?3,'dup','xml','chat','77','duplicate',?4,'t')",
            Key("op-va"), Key("sub-v1"), Key("sub-v1/file-0"), Key("rep-hx"));
        if (unseen_.Chance(50)) {
          Put("INSERT INTO quarantine (item_key,place,kind,reason) VALUES (?1,'dup','repeated',?2)",
              Key("sub-v1/file-0"), Text(unseen_));
        }
      });
    });
    for (int64_t i = unseen_.Below(8); i > 0; --i) {
      Later([this, i] {
        const std::string place = unseen_.Of({"sub-hx", "sub-hb", "sub-hd"});
        const From from{unseen_, Has(place) ? place : "sub-hx"};
        const std::string report = "rep-h" + std::to_string(i);
        Report(report, from, from.submission == "sub-hx" ? "op-va" : "op-h" + from.submission.substr(5));
        const std::string account = unseen_.Chance(70) ? "acc-h" + std::to_string(unseen_.Below(5))
                                                       : "acc-m" + std::to_string(unseen_.Below(4));
        if (account[4] == 'h')
          UnseenAccount(account);
        else
          SeenAccount(account);
        Mention(
            account, report, from,
            "sam" + std::string(unseen_.Chance(50) ? "" : "h") + std::to_string(unseen_.Below(6)) + "@mail.example");
        if (unseen_.Chance(60)) {
          File(unseen_.Of({"med-h1", "med-h2", "med-h3", "med-x0", "med-x1"}), account, report, from);
        }
        if (unseen_.Chance(40)) {
          Put("INSERT INTO quarantine (item_key,place,kind,reason) VALUES (?1,?2,'value',?3) ON CONFLICT DO NOTHING",
              Key(ItemOf(from)), "q" + std::to_string(i), Text(unseen_));
        }
      });
    }
    // Named in the viewer's report, and lying in the viewer's submission, but for others only.
    last_.push_back([this] {
      const From from{unseen_, "sub-v1"};
      if (unseen_.Chance(50)) {
        Media("med-q", unseen_);
        Put("INSERT INTO media_copy (media_key,item_key) VALUES (?1,?2)", Key("med-q"), Key("sub-v1/file-1"));
      }
      if (unseen_.Chance(40)) return;
      Account("acc-p", false, false, "suspect");
      Mention("acc-p", "rep-vm", from, "samp@mail.example");
    });
  }
  void UnseenAccount(const std::string& id) {
    Account(id, unseen_.Chance(20), unseen_.Chance(20), unseen_.Chance(50) ? "suspect" : "unresolved");
  }

  // --- what was made of it ---
  void Triage(const std::string& account, Dice& dice, int64_t position) {
    const std::vector<std::string> bands = {"very_high", "high", "medium", "low"};
    Put("INSERT INTO triage (account_key,lane,lane_reason,band,due_at,second_officer) VALUES (?1,?2,?3,?4,?5,?6)",
        Key(account), dice.Of({"urgent", "normal"}), Text(dice), dice.Of(bands), dice.Below(1000), dice.Chance(50));
    Put("INSERT INTO jurisdiction (account_key,country,confidence,explanation) VALUES (?1,?2,?3,'{}')", Key(account),
        dice.Of({"", "AT", "GB", "NZ"}), dice.Below(100));
    Put("INSERT INTO jurisdiction_claim (account_key,country,basis,weight,because) VALUES (?1,'AT','ip',?2,?3)",
        Key(account), dice.Below(9), Text(dice));
    Put("INSERT INTO score (account_key,axis,points,contributions) VALUES (?1,'actionability',?2,'[]')", Key(account),
        dice.Below(100));
    const std::string queue = dice.Of({"urgent", "second_officer", "unclear_jurisdiction"});
    Put("INSERT INTO queue_item (queue,position,noun,noun_key,noun_id,reason,due_at) VALUES "
        "(?1,?2,'account',?3,?4,?5,?6)",
        queue, position, Key(account), account, Text(dice), dice.Below(1000));
    if (dice.Chance(30)) {
      Put("INSERT INTO withheld (operation_key,account_key,authority,reason_code,reason) VALUES (?1,?2,'',?3,?4)",
          Key("op-va"), Key(account), dice.Of({"no_gateway", "unclear_jurisdiction"}), Text(dice));
    }
  }
  void QueueFile(const std::string& media, Dice& dice, int64_t position) {
    Put("INSERT INTO queue_item (queue,position,noun,noun_key,noun_id,reason,due_at) VALUES "
        "('unknown_material',?1,'media',?2,?3,?4,?5)",
        position, Key(media), media, Text(dice), dice.Below(1000));
  }
  void Subject(const std::string& id, const std::vector<std::string>& accounts) {
    const int64_t key =
        Put("INSERT INTO subject (id,account_count) VALUES (?1,?2)", id, static_cast<int64_t>(accounts.size()));
    for (const std::string& account : accounts)
      Put("INSERT INTO subject_account (account_key,subject_key) VALUES (?1,?2)", Key(account), key);
  }
  void Link(const std::string& selector, const std::vector<std::string>& accounts, Dice& dice) {
    const int64_t key =
        Put("INSERT INTO link (selector_key,strength,sharer_count,reason) VALUES (?1,?2,?3,?4)", Selector(selector),
            dice.Of({"strong", "weak"}), static_cast<int64_t>(accounts.size()), Text(dice));
    for (const std::string& account : accounts)
      Put("INSERT INTO link_account (link_key,account_key,joined_group) VALUES (?1,?2,1)", key, Key(account));
  }
  void Cluster(const std::string& id, const std::vector<std::string>& media) {
    const int64_t key = Put("INSERT INTO cluster (id,representative_key,member_count) VALUES (?1,?2,?3)", id,
                            Key(media.front()), static_cast<int64_t>(media.size()));
    for (const std::string& one : media)
      Put("INSERT INTO cluster_member (media_key,cluster_key,distance) VALUES (?1,?2,1)", Key(one), key);
  }
  void PartnerHit(const std::string& account, const std::string& contribution) {
    Put("INSERT INTO partner_hit (id,account_key,holding_key,selector_type,owner,contact) SELECT ?1,?2,?3,'email',"
        "owner,contact FROM contribution WHERE id=?4",
        "pht-" + account + contribution, Key(account), Key("hol-" + contribution), contribution);
  }
  std::vector<std::string> With(std::vector<std::string> some, const std::vector<std::string>& pool) {
    for (const std::string& one : pool) {
      if (Has(one) && unseen_.Chance(50) && !taken_.contains(one)) some.push_back(one);
    }
    for (const std::string& one : some) taken_.insert({one, true});
    return some;
  }

  void SeenFindings() {
    for (int i = 0; i < 8; ++i) {
      Later([this, i] {
        const std::string account = "acc-w" + std::to_string(i);
        Triage(account, seen_, 100 * (i + 1) + unseen_.Below(50));  // in its order, at a place that depends on the rest
        if (seen_.Chance(50)) PartnerHit(account, "con-v");
        if (seen_.Chance(20)) {
          Put("INSERT INTO index_exclusion (account_key,reason) VALUES (?1,'may_be_minor')", Key(account));
        }
      });
    }
    for (int i = 0; i < 5; ++i)
      Later([this, i] { QueueFile("med-v" + std::to_string(i), seen_, 100 * (i + 1) + unseen_.Below(50)); });
    Later([this] { Subject("sbj-v0", {"acc-w0", "acc-w1"}); });
    Later([this] { Subject("sbj-v1", {"acc-w2"}); });
    Later([this] { Link("sam0@mail.example", {"acc-w0", "acc-w1"}, seen_); });
    Later([this] { Cluster("clu-v", {"med-v0", "med-v1"}); });
    Later([this] {
      Put("INSERT INTO video_link (media_key,other_key,frames_met,frames_compared) VALUES (?1,?2,3,4)", Key("med-v0"),
          Key("med-v1"));
    });
  }
  void UnseenFindings() {
    const std::vector<std::string> others = {"acc-h0", "acc-h1", "acc-h2", "acc-h3", "acc-h4"};
    for (const char* account : {"acc-m0", "acc-m1", "acc-m2", "acc-m3", "acc-h0", "acc-h1", "acc-h2", "acc-p"}) {
      Later([this, account = std::string(account)] {
        if (!Has(account)) return;
        Triage(account, unseen_, unseen_.Below(1000));
        if (unseen_.Chance(50)) PartnerHit(account, unseen_.Of({"con-v", "con-h"}));
      });
    }
    for (int i = 0; i < 8; ++i) {
      Later([this, i] {
        if (unseen_.Chance(50)) PartnerHit("acc-w" + std::to_string(i), "con-h");
      });
    }
    for (const char* media : {"med-x0", "med-x1", "med-h0", "med-h1"}) {
      Later([this, media] {
        if (Has(media)) QueueFile(media, unseen_, unseen_.Below(1000));
      });
    }
    // What the viewer's own accounts and files make up together with others' is hidden as a whole.
    Later([this, others] { Subject("sbj-e", With({"acc-w6", "acc-m0"}, others)); });
    Later([this, others] {
      const auto rest = With({}, others);
      if (!rest.empty()) Subject("sbj-h", rest);
    });
    Later([this, others] {
      taken_.clear();
      Link("sam1@mail.example", With({"acc-w2", "acc-m1"}, others), unseen_);
    });
    Later([this] {
      if (unseen_.Chance(50)) Link("samh1@mail.example", {"acc-w3", "acc-m2"}, unseen_);
    });
    Later([this] { Cluster("clu-e", With({"med-v2", "med-x0"}, {"med-h0", "med-h1"})); });
    Later([this] {
      if (!Has("med-h0")) return;
      Put("INSERT INTO video_link (media_key,other_key,frames_met,frames_compared) VALUES (?1,?2,?3,9)", Key("med-v0"),
          Key("med-h0"), unseen_.Below(9));
    });
  }

  // --- what leaves, and who did what ---
  void Package(const std::string& id, const std::string& operation, Dice& dice,
               const std::vector<std::string>& accounts) {
    keys_[id] = Put(
        "INSERT INTO package (id,operation_key,authority,kind,state,gateway,gateway_reason,contents_sha256,"
        "payload_bytes,account_count,file_count,composed_at) VALUES (?1,?2,?3,'referral','sealed','gw','because',?4,"
        "?5,?6,0,?7)",
        id, Key(operation), dice.Of({"at-bk", "gb-nca"}), AsBytes(id), dice.Below(9999),
        static_cast<int64_t>(accounts.size()), dice.Below(9999));
    for (const std::string& account : accounts) {
      Put("INSERT INTO package_account (package_key,account_key) VALUES (?1,?2) ON CONFLICT DO NOTHING", Key(id),
          Key(account));
    }
  }
  void Approve(const std::string& object, const std::string& officer, int64_t at) {
    Put("INSERT INTO approval (act,object_id,officer,details_sha256,at,leaf_index) VALUES "
        "('release_package',?1,?2,x'00',?3,0)",
        object, officer, at);
  }
  void SeenPackages() {
    for (int i = 0; i < 3; ++i) {
      Later([this, i] {
        const std::string id = "pkg-v" + std::to_string(i);
        Package(id, "op-va", seen_,
                {"acc-w" + std::to_string(seen_.Below(8)), "acc-w" + std::to_string(seen_.Below(8)), "acc-m0"});
        if (seen_.Chance(50)) Approve(id, kInsider, seen_.Below(1000));
      });
    }
  }
  void UnseenPackages() {
    for (const char* operation : {"op-hb", "op-hd", "op-va"}) {
      Later([this, operation] {
        if (!Has(operation) || !unseen_.Chance(70)) return;
        const std::string id = "pkg-h" + std::string(operation + 4);
        Package(id, operation, unseen_, {"acc-h0", "acc-w" + std::to_string(unseen_.Below(8))});
        if (unseen_.Chance(50)) Approve(id, kInsider, unseen_.Below(1000));
      });
    }
  }
  // --- who works on what, and what came of it ---
  void Interest(const std::string& account, const std::string& party, const std::string& source, Dice& dice) {
    const std::string key = "key of " + account;
    Put("INSERT INTO coordination_key (noun,noun_key,key) VALUES ('account',?1,?2) ON CONFLICT DO NOTHING",
        Key(account), AsBytes(key));
    Put("INSERT INTO coordination_interest (key,party,channel,source,kind,basis,contact,since,quiet,derived) VALUES "
        "(?1,?2,'',?3,'account','own_case','',?4,0,0) ON CONFLICT DO NOTHING",
        AsBytes(key), party, source, dice.Below(1000));
  }
  void Deconfliction(const std::string& id, const std::vector<std::string>& accounts,
                     const std::vector<std::string>& sources, Dice& dice) {
    const int64_t key =
        Put("INSERT INTO deconfliction (id,unit,kind,state,party_count,first_seen_at) VALUES (?1,?2,'account',?3,2,?4)",
            id, AsBytes(id), dice.Of({"open", "contacts_told", "settled"}), dice.Below(1000));
    for (const std::string& account : accounts)
      Put("INSERT INTO deconfliction_account (deconfliction_key,account_key) VALUES (?1,?2)", key, Key(account));
    for (const std::string& source : sources)
      Put("INSERT INTO deconfliction_source (deconfliction_key,source) VALUES (?1,?2)", key, source);
    for (const char* party : {"at-bk", "gb-nca"}) {
      Put("INSERT INTO deconfliction_party (deconfliction_key,party,channel,contact,since,quiet,seen_at) VALUES "
          "(?1,?2,'',?3,?4,0,0)",
          key, party, Text(dice), dice.Below(1000));
    }
    Put("INSERT INTO queue_item (queue,position,noun,noun_key,noun_id,reason) VALUES "
        "('deconfliction',?1,'deconfliction',?2,?3,?4)",
        leaves_ * 1000 + key, key, id, Text(dice));
  }
  void Lead(const std::string& origin, const std::string& about, Dice& dice) {
    Put("INSERT INTO lead_assignment (origin,about,authority,since,assigned_by) VALUES (?1,?2,?3,?4,'officer-1')",
        origin, about, dice.Of({"at-bk", "gb-nca"}), dice.Below(1000));
  }
  void Task(const std::string& origin, const std::string& id, const std::string& about, Dice& dice) {
    Put("INSERT INTO task (origin,id,about,what,authority,due_at,state,set_by,set_at) VALUES "
        "(?1,?2,?3,?4,'at-bk',?5,?6,'officer-1',0)",
        origin, id, about, Text(dice), dice.Below(1000), dice.Of({"open", "accepted", "done"}));
  }
  void Case(const std::string& id, const std::string& operation, const std::string& number, Dice& dice) {
    Put("INSERT INTO national_case (id,operation,case_number,country,package,account,lead_officer,opened_at) VALUES "
        "(?1,?2,?3,'NZ','','',?4,?5)",
        id, operation, number, dice.Of({kViewer, kInsider}), dice.Below(1000));
  }
  void Seized(const std::string& submission, const std::string& id, Dice& dice) {
    Put("INSERT INTO submission_origin (submission,case_id,at) VALUES (?1,?2,?3)", submission, id, dice.Below(1000));
  }
  int64_t Report(const std::string& id, const std::string& operation, const std::string& authority,
                 const std::string& case_number, Dice& dice) {
    const int64_t key =
        Put("INSERT INTO outcome_report (id,operation,authority,ref,kind,count,on_day,reported_on,country,case_number,"
            "package,channel,corrects,reason,labels,state,received_at) VALUES "
            "(?1,?2,?3,?1,?4,?5,?6,?6,?7,?8,'','','',?9,'{}',?10,0)",
            id, operation, authority, dice.Of({"arrest", "child_safeguarded", "not_csam", "case_opened"}),
            1 + dice.Below(20), dice.Below(100) * kMicrosPerDay, dice.Of({"NZ", "AT", ""}), case_number, Text(dice),
            dice.Of({"counted", "counted", "held"}));
    keys_[id] = key;
    Put("INSERT INTO outcome_arrival (report_key,channel,message,at) VALUES (?1,?2,'',0)", key,
        dice.Of({"", "eu-europol"}));
    Put("INSERT INTO outcome_account (report_key,account) VALUES (?1,?2)", key,
        dice.Of({"acc-w0", "acc-w1", "acc-m0", "acc-h0"}));
    return key;
  }

  void SeenWork() {
    for (int i = 0; i < 3; ++i) {
      Later([this, i] {
        const std::string n = std::to_string(i);
        Deconfliction("dec-v" + n, {"acc-w" + n}, {"op-va", "con-v", "msg-1"}, seen_);
        if (seen_.Chance(50)) Lead("nz-dia", "dec-v" + n, seen_);
        Task("nz-dia", "tsk-v" + n, seen_.Of({"sbj-v0", "dec-v" + n}), seen_);
        Task("at-bk", "tsk-f" + n, "sbj-e", seen_);  // another house's subject of the same id is another subject
        Interest("acc-w" + n, "nz-dia", "pkg-in", seen_);
        Interest("acc-w" + n, "nz-dia", "op-va", seen_);
        Interest("acc-w" + n, "gb-nca", "con-v", seen_);
      });
    }
    Later([this] {
      Lead("nz-dia", "sbj-v0", seen_);
      Lead("at-bk", "sbj-h", seen_);
    });
    for (int i = 0; i < 4; ++i) {
      Later([this, i] {
        const std::string n = std::to_string(i);
        if (i < 2) Case("cas-v" + n, i == 0 ? "kauri" : "elsewhere", "K-" + n, seen_);
        if (i == 1 && seen_.Chance(60)) Seized("sub-v2", seen_.Of({"cas-v0", "cas-v1"}), seen_);
        Report("out-v" + n, i == 3 ? "elsewhere" : "kauri", i == 0 ? "nz-dia" : "at-bk", i == 0 ? "K-0" : "H-1", seen_);
      });
    }
  }
  void UnseenWork() {
    Later([this] { Deconfliction("dec-h0", {"acc-m0"}, {"op-va"}, unseen_); });
    Later([this] { Deconfliction("dec-h1", {"acc-w1"}, {"op-va", "con-h"}, unseen_); });
    Later([this] {
      if (!unseen_.Chance(60)) return;
      Deconfliction("dec-h2", {}, {"con-h", "con-v"}, unseen_);
      Lead("nz-dia", "dec-h2", unseen_);
      Task("nz-dia", "tsk-h2", "dec-h2", unseen_);
    });
    Later([this] {
      if (unseen_.Chance(60)) Lead("nz-dia", "sbj-e", unseen_);
      if (unseen_.Chance(60)) Lead("nz-dia", "dec-h0", unseen_);
      if (unseen_.Chance(60)) Task("nz-dia", "tsk-h0", unseen_.Of({"dec-h0", "dec-h1", "sbj-e", "sbj-h"}), unseen_);
    });
    Later([this] {
      for (const char* account : {"acc-w0", "acc-w1", "acc-m0"}) {
        if (unseen_.Chance(50)) Interest(account, "at-bk", "con-h", unseen_);
        if (Has("op-hb") && unseen_.Chance(50)) Interest(account, "nz-dia", "op-hb", unseen_);
        if (unseen_.Chance(50)) Interest(account, "nz-dia", "cas-hk", unseen_);
      }
    });
    // A case of the viewer's operation that has members, and what was reported of it.
    Later([this] {
      Case("cas-hk", "kauri", "H-1", unseen_);
      Check(InsertMembership(
          *transaction_, {.compartment = "cas-hk", .officer = kInsider, .from = Instant{0}, .until = std::nullopt}, 0));
      Report("out-hk", "kauri", "nz-dia", "H-1", unseen_);
      // What lies in a submission for others, seized in a case that the viewer sees, or in this one.
      if (unseen_.Chance(70)) Seized("sub-hx", unseen_.Of({"cas-v0", "cas-hk"}), unseen_);
      for (int64_t i = unseen_.Below(4); i > 0; --i)
        Report("out-h" + std::to_string(i), "kauri", "nz-dia", "H-1", unseen_);
    });
    // For others only; what the viewer sees stands against it, or was replaced by it.
    Later([this] {
      Report("out-hl", "kauri", "at-bk", "", unseen_);
      Bear("outcome", "out-hl", Narrow(), kInsider);
      last_.push_back([this] {
        if (unseen_.Chance(50)) {
          Put("INSERT INTO outcome_contradiction (report_key,against_key) VALUES (?1,?2)", Key("out-v1"),
              Key("out-hl"));
        }
        if (unseen_.Chance(50))
          Put("UPDATE outcome_report SET replaced_by=?2 WHERE report_key=?1", Key("out-v2"), Key("out-hl"));
      });
    });
    for (const char* name : {"rimu", "matai"}) {
      Later([this, name = std::string(name)] {
        const std::string operation = name == "rimu" ? "op-hb" : "op-hd";
        if (!Has(operation)) return;
        Case("cas-" + operation.substr(3), name, "K-0", unseen_);
        Report("out-" + operation.substr(3), name, "at-bk", "", unseen_);
        Bear("case", "cas-" + operation.substr(3), OperationLabels("nz-dia", ""), kInsider);
      });
    }
  }
  void SeenLedger() {
    for (int i = 0; i < 12; ++i) {
      Later([this] {
        const bool own = seen_.Chance(30);
        const std::string object = own ? seen_.Of({"", "acc-nothing"})
                                       : seen_.Of({"op-va", "op-vo", "sub-v1", "pkg-v0", "pkg-v1", "acc-w0", "med-v0",
                                                   "con-v", "dec-v0", "cas-v0"});
        LedgerLeaf(seen_.Of({"show_record", "match_files", "change_label"}), object,
                   own ? kViewer : seen_.Of({kViewer, kInsider, "officer-3"}), seen_.Below(1000));
      });
    }
  }
  void UnseenLedger() {
    for (int64_t i = unseen_.Below(20); i > 0; --i) {
      Later([this] {
        LedgerLeaf(unseen_.Of({"show_record", "triage", "release_package"}),
                   unseen_.Of({"", "op-hb", "op-hd", "sub-hx", "pkg-hb", "pkg-ha", "acc-m0", "acc-h0", "acc-p",
                               "med-x0", "med-p", "con-h", "lst-1", "dec-h0", "dec-h1", "cas-hk", "out-hl"}),
                   unseen_.Of({kInsider, "officer-3"}), unseen_.Below(1000));
      });
    }
  }

  void NarrowerLabels() {
    // Sets of labels that nothing the viewer sees bears move the keys.
    for (int64_t i = unseen_.Below(4); i > 0; --i) {
      Labels noise = Narrow();
      noise.handling_text = Text(unseen_);
      Must(LabelKey(*transaction_, noise));
    }
    if (Has("pkg-ha")) Bear("package", "pkg-ha", Narrow(), kInsider);
    if (Has("acc-p")) Bear("account", "acc-p", Narrow(), kInsider);
    if (Has("op-hb")) Bear("operation", "op-hb", OperationLabels("nz-dia", "op-hb"), kInsider);
    Bear("file", "med-p", Narrow(), kInsider);
    if (Has("med-q")) Bear("file", "med-q", Narrow(), kInsider);
    Labels partner = Narrow();
    partner.owner = "at-bk";
    partner.originators = {"at-bk"};
    Bear("contribution", "con-h", partner, kInsider);
    // Labels that the viewer may see.
    Labels seen = OperationLabels("nz-dia", "op-va");
    seen.handling = {HandlingCode::kH1, HandlingCode::kH3};
    seen.handling_text = "Ask before use.";
    Bear("package", "pkg-v1", seen, kViewer);
    Bear("account", "acc-w4", seen, kViewer);
    // A partner's, released to this house: it may be narrowed here, and loosened by the partner alone.
    seen.owner = "eu-europol";
    seen.originators = {"eu-europol"};
    seen.release_to = {"nz-dia"};
    Bear("package", "pkg-v2", seen, kViewer);
  }

  Database& db_;
  Dice seen_;
  Dice unseen_;
  Transaction* transaction_ = nullptr;
  std::map<std::string, int64_t> keys_;
  std::map<std::string, bool> taken_;
  std::vector<Step> steps_;
  std::vector<Step> last_;
  std::string content_;
  int64_t leaves_ = 0;
};

}  // namespace

AuthorityBook Book() {
  AuthorityBook out;
  out.self = "nz-dia";
  out.authorities = {{.id = "nz-dia", .name = "House"}, {.id = "at-bk", .name = "Partner"}};
  out.officers = {{.id = kInsider, .roles = {"intake", "analyst", "triage", "dissemination"}},
                  {.id = kViewer, .roles = {"dissemination", "supervisor"}},
                  {.id = "officer-3", .roles = {"supervisor", "data_protection"}}};
  return out;
}

void FillWorld(Database& database, const Seeds& seeds) {
  Builder(database, seeds).Build();
}

}  // namespace crossguard::noninterference
