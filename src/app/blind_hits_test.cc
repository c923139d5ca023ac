// Blinded questions between real houses: the same hits as open ones, and nothing told that need not be.
#include <algorithm>
#include <map>

#include "app/blind_desk.h"
#include "app/blind_keys.h"
#include "app/mail_blind.h"
#include "app/mail_request.h"
#include "app/post_desk.h"
#include "app/request_desk.h"
#include "app/testing_nodes.h"
#include "model/canonical.h"
#include "register/exchange_rows.h"
#include "register/request_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace post_rows = exchange_rows;

class BlindHits : public NodesTest {
 protected:
  // Holdings of an owner, as they lie at a node.
  void Hold(TestNode& at_node, const std::string& owner, const std::vector<std::string>& selectors,
            const std::string& code = "H1") {
    json items = json::array();
    for (const std::string& selector : selectors) {
      const size_t colon = selector.find(':');
      items.push_back({{"type", selector.substr(0, colon)},
                       {"value", selector.substr(colon + 1)},
                       {"category", "suspect"},
                       {"ref", "file " + std::to_string(++held_)}});
    }
    const json holdings = {{"format", "crossguard-holdings/1"},
                           {"owner", owner},
                           {"purpose", "cross_check"},
                           {"handling", {code}},
                           {"handling_text", ""},
                           {"grade", "B2"},
                           {"contact", "desk@" + owner + ".example"},
                           {"items", items}};
    const std::string path = root_ + "/holdings." + std::to_string(held_) + ".json";
    ASSERT_TRUE(at_node.files->WriteWhole(path, AsBytes(holdings.dump())));
    const auto imported = ImportHoldingsFile(*at_node.house, Officer(), path);
    ASSERT_TRUE(imported) << imported.error().message;
  }
  // One account in the index, one that is not, each with a selector and a file.
  void PutAccounts(TestNode& node) {
    const Status put = node.house->db().Script(
        "INSERT INTO operation (operation_key,id,name,created_at) VALUES (1,'op-1','o',0);"
        "INSERT INTO submission (submission_key,id,operation_key,state,source_path,begun_at) VALUES "
        "(1,'sub-1',1,'read','x',0);"
        "INSERT INTO exhibit_item (item_key,submission_key,path,size_bytes,state) VALUES (1,1,'a',1,'sealed'),"
        "(2,1,'b',1,'sealed');"
        "INSERT INTO report (report_key,id,operation_key,submission_key,item_key,place,dialect,provider,"
        "provider_report_id,state,incident_type) VALUES (1,'rep-1',1,1,1,'line 1','xml','p','1','taken','');"
        "INSERT INTO account (account_key,id,service,esp_identifier) VALUES (1,'acc-1','chat','in'),(2,'acc-2','chat',"
        "'out');"
        "INSERT INTO account_mention (mention_key,account_key,report_key,role,item_key,place) VALUES (1,1,1,'reported',"
        "1,''),(2,2,1,'recipient',1,'');"
        "INSERT INTO selector (selector_key,type,value) VALUES (1,'email','in@x.example'),(2,'email','out@x.example');"
        "INSERT INTO sighting (selector_key,mention_key,report_key,origin,raw,item_key,place) VALUES "
        "(1,1,1,'declared','',1,''),(2,2,1,'declared','',1,'');"
        "INSERT INTO subject (subject_key,id,account_count) VALUES (1,'sbj-1',1);"
        "INSERT INTO subject_account (account_key,subject_key) VALUES (1,1);"
        "INSERT INTO media (media_key,id,sha256,md5,sha1,size_bytes) VALUES "
        "(1,'med-1',x'" +
        std::string(64, 'a') + "',x'" + std::string(32, 'a') + "',x'" + std::string(40, 'a') +
        "',9),"
        "(2,'med-2',x'" +
        std::string(64, 'b') + "',x'" + std::string(32, 'b') + "',x'" + std::string(40, 'b') +
        "',9);"
        "INSERT INTO media_copy (media_key,item_key) VALUES (1,1),(2,2);"
        "INSERT INTO file_details (id,provider_report_id,account_key,provider_file_id,media_item_key,item_key,place) "
        "VALUES ('fil-1','1',1,'f1',1,1,''),('fil-2','1',2,'f2',2,1,'');");
    ASSERT_TRUE(put) << put.error().message;
  }
  json Publish(TestNode& holder, const std::string& to) {
    const auto published = PublishTags(*holder.house, Officer(), to);
    EXPECT_TRUE(published) << published.error().message;
    Send(holder);
    return published.value_or(json());
  }
  std::string Ask(TestNode& asker, const std::string& to, const std::vector<std::string>& selectors) {
    const auto asked = AskBlind(*asker.house, Officer(),
                                {.to = to, .selectors = selectors, .case_number = "12/26", .legal_basis = "Treaty"});
    EXPECT_TRUE(asked) << asked.error().message;
    return asked ? (*asked)["query"].get<std::string>() : std::string();
  }
  // "type:value" -> hits, of blinded or of open questions.
  std::map<std::string, json> Hits(TestNode& node, bool blinded) {
    std::map<std::string, json> out;
    const json all = ListHits(*node.house).value();
    for (const json& one : all) {
      if (one["blinded"] == blinded && !one["answered"].is_null())
        out[one["type"].get<std::string>() + ":" + one["value"].get<std::string>()] = one["hits"];
    }
    return out;
  }
  OutgoingMessage Raw(TestNode& from, const std::string& to, MessageKind kind, const json& body) {
    OutgoingMessage message{.to = to, .kind = kind};
    message.body = body;
    message.idempotency_key = Canonical(body);
    message.labels = OwnLabelsTo(*from.house, to, "cross_check");
    return message;
  }
  std::string Answer(TestNode& node, const OutgoingMessage& message) {
    const auto id = PostAs(
        *node.house, {.act = Act::kSendMessages, .officer = "officer-1", .object_id = "", .reason = "test"}, message);
    EXPECT_TRUE(id) << id.error().message;
    Send(node);
    const auto row = post_rows::FindOutgoing(node.house->db(), *id).value().value();
    return row.state + " " + row.problem_code;
  }
  json QueryBody(const std::vector<GroupElement>& elements) {
    return {{"version", 1},
            {"epoch", HitEpochAt(clock_.Now())},
            {"case", std::string(64, '0')},
            {"legal_basis", "Treaty"},
            {"officer", "ofc-aaaaaaaaaaaaaaaa"},
            {"elements", ToBase64(JoinElements(elements))}};
  }
  std::vector<GroupElement> Elements(size_t count) {
    std::vector<GroupElement> out;
    while (out.size() < count)
      out.push_back(BlindInput(AsBytes("x" + std::to_string(++asked_)), random_).value().element);
    return out;
  }

  SeededRandom random_{77};
  int held_ = 0, asked_ = 0;
};

TEST_F(BlindHits, ABlindedQuestionHitsExactlyWhereAnOpenOneDoes) {
  SeededRandom random(41);
  std::vector<std::string> own, open, closed, askers;
  for (int i = 0; i < 60; ++i) {
    const std::string selector = "email:u" + std::to_string(i) + "@x.example";
    if (random.Chance(0.3)) own.push_back(selector);
    if (random.Chance(0.3)) open.push_back(selector);
    if (random.Chance(0.3)) closed.push_back(selector);
    if (random.Chance(0.2)) askers.push_back(selector);
  }
  own.push_back("sha256:" + std::string(64, 'c'));
  Hold(nz(), "nz-dia", own);
  Hold(nz(), "eu-europol", open);
  Hold(nz(), "eu-europol", closed, "H2");
  Hold(nz(), "at-bk", askers);
  Hold(nz(), "another", open, "H0");
  PutAccounts(nz());
  Publish(nz(), "at-bk");
  std::vector<std::string> questions = {"email:in@x.example",
                                        "email:out@x.example",
                                        "sha256:" + std::string(64, 'a'),
                                        "sha1:" + std::string(40, 'a'),
                                        "md5:" + std::string(32, 'a'),
                                        "sha256:" + std::string(64, 'b'),
                                        "sha256:" + std::string(64, 'c'),
                                        "phone:+436601234567"};
  for (int i = 0; i < 60; ++i) questions.push_back("email:u" + std::to_string(i) + "@x.example");
  Ask(at(), "nz-dia", questions);
  for (const std::string& question : questions)
    ASSERT_TRUE(AskHit(*at().house, Second("officer-2"), {.to = "nz-dia", .selector = question}));
  Send(at());
  Send(nz());
  const auto blinded = Hits(at(), true), plain = Hits(at(), false);
  ASSERT_EQ(blinded.size(), questions.size());
  EXPECT_EQ(blinded, plain);
  int hits = 0;
  for (const auto& [question, found] : blinded) hits += found[0]["hit"] == true ? 1 : 0;
  EXPECT_GT(hits, 20);
  EXPECT_LT(hits, 60);
  EXPECT_EQ(blinded.at("email:in@x.example")[0]["owner"], "nz-dia");
  EXPECT_EQ(blinded.at("email:out@x.example")[0]["hit"], false);
  EXPECT_EQ(blinded.at("sha1:" + std::string(40, 'a'))[0]["contact"], "desk@nz-dia.example");
  // Counted as so many questions, of which nobody there knows a hit.
  EXPECT_EQ(nz().house->db().Number("SELECT asked_count FROM hit_quota").value(),
            2 * static_cast<int64_t>(questions.size()));
}

TEST_F(BlindHits, TheHolderNeverHasWhatWasAskedInAnyOfItsFiles) {
  Hold(nz(), "nz-dia", {"email:met@x.example"});
  Publish(nz(), "at-bk");
  Ask(at(), "nz-dia", {"email:nobody-knows-this@x.example", "email:met@x.example"});
  Send(at());
  Send(nz());
  EXPECT_EQ(Hits(at(), true).at("email:met@x.example")[0]["hit"], true);
  nz().Close();
  int files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(nz().options.data_folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    EXPECT_EQ(bytes.find("nobody-knows-this"), std::string::npos) << file.path();
    ++files;
  }
  EXPECT_GT(files, 5);
  nz().Open();
}

TEST_F(BlindHits, AnAnswerByAnotherKeyIsRefusedAndTheQuestionStaysOpen) {
  Hold(nz(), "nz-dia", {"email:met@x.example"});
  Publish(nz(), "at-bk");
  const std::string query = Ask(at(), "nz-dia", {"email:met@x.example"});
  Send(at());
  const std::string honest = nz().house->db().TextOf("SELECT id FROM outbox WHERE kind='hit_answer'").value().value();
  ASSERT_TRUE(nz().house->db().Run("UPDATE outbox SET next_attempt_at=?1 WHERE id=?2",
                                   Instant{clock_.Now().micros + kMicrosPerDay}, honest));
  const json question = post_rows::FindOutgoing(at().house->db(), query).value().value().message.body;
  const auto elements = SplitElements(FromBase64(question["elements"].get<std::string>()).value()).value();
  const VoprfKey other = VoprfKey::Make(random_);
  const Evaluation evaluation = other.Evaluate(elements, random_).value();
  OutgoingMessage dishonest = Raw(nz(), "at-bk", MessageKind::kHitAnswer,
                                  {{"version", 1},
                                   {"epoch", question["epoch"]},
                                   {"elements", ToBase64(JoinElements(evaluation.elements))},
                                   {"proof", ToBase64(evaluation.proof.view())}});
  dishonest.in_reply_to = query;
  EXPECT_EQ(Answer(nz(), dishonest), "refused denied");
  EXPECT_TRUE(Hits(at(), true).empty()) << "nothing of it is believed";
  dishonest.body["proof"] = ToBase64(Bytes(63, 1));
  dishonest.idempotency_key = "cut";
  EXPECT_EQ(Answer(nz(), dishonest), "refused invalid");
  clock_.Advance(2 * kMicrosPerDay);
  Send(nz());
  EXPECT_EQ(Hits(at(), true).at("email:met@x.example")[0]["hit"], true) << "the honest one counts";
}

TEST_F(BlindHits, WhatIsReplayedOversizedOrBeyondTheQuotaGetsNoAnswer) {
  Hold(nz(), "nz-dia", {"email:met@x.example"});
  Publish(nz(), "at-bk");
  const auto ask = [&](const std::vector<GroupElement>& elements) {
    return Raw(at(), "nz-dia", MessageKind::kHitQuery, QueryBody(elements));
  };
  const auto answers = [&] {
    return nz().house->db().Number("SELECT count(*) FROM outbox WHERE kind='hit_answer'").value().value_or(0);
  };
  const std::vector<GroupElement> first = Elements(3);
  EXPECT_EQ(Answer(at(), ask(first)), "taken ");
  EXPECT_EQ(answers(), 1);
  OutgoingMessage again = ask(first);
  again.body["legal_basis"] = "Another treaty";
  again.idempotency_key = "again";
  EXPECT_EQ(Answer(at(), again), "refused conflict") << "the same elements in another envelope";
  EXPECT_EQ(Answer(at(), ask({first[0], first[0]})), "refused invalid");
  std::vector<GroupElement> many = Elements(1);
  many.resize(kBlindElementsMax + 1, many[0]);
  EXPECT_EQ(Answer(at(), ask(many)), "refused invalid") << "oversized";
  EXPECT_EQ(Answer(at(), ask({GroupElement()})), "refused invalid") << "the identity";
  OutgoingMessage old = ask(Elements(1));
  old.body["epoch"] = HitEpochAt(clock_.Now()) - 5;
  EXPECT_EQ(Answer(at(), old), "refused not_found");
  OutgoingMessage later = ask(Elements(1));
  later.body["version"] = 2;
  EXPECT_EQ(Answer(at(), later), "refused unsupported");
  Transaction transaction = Transaction::Begin(nz().house->db()).value();
  for (int64_t i = 3; i < kHitQueriesPerDayMax - 1; ++i)
    ASSERT_TRUE(request_rows::CountAsked(transaction, "at-bk", DateText(clock_.Now()), false));
  ASSERT_TRUE(transaction.Commit());
  EXPECT_EQ(Answer(at(), ask(Elements(2))), "held exhausted");
  EXPECT_EQ(answers(), 1) << "nothing was evaluated for what was refused or held";
  EXPECT_EQ(Answer(at(), ask(Elements(1))), "taken ");
  EXPECT_EQ(nz().house->db().Number("SELECT asked_count FROM hit_quota").value(), kHitQueriesPerDayMax);
}

TEST_F(BlindHits, OpenAndBlindedQuestionsOfAnOfficerShareItsQuota) {
  Hold(nz(), "nz-dia", {"email:met@x.example"});
  Publish(nz(), "at-bk");
  const auto blinded = [&](size_t count) {
    return Answer(at(), Raw(at(), "nz-dia", MessageKind::kHitQuery, QueryBody(Elements(count))));
  };
  const auto open_query = [&](int i) {
    return Answer(at(), Raw(at(), "nz-dia", MessageKind::kHitQuery, Query("o" + std::to_string(i) + "@x.example")));
  };
  EXPECT_EQ(blinded(kHitQueriesPerOfficerMax - 1), "taken ");
  EXPECT_EQ(open_query(1), "taken ");
  EXPECT_EQ(open_query(2), "held exhausted");
  EXPECT_EQ(blinded(1), "held exhausted");
  EXPECT_EQ(blinded(kHitQueriesPerOfficerMax + 1), "refused invalid") << "on no day";
  EXPECT_EQ(nz().house->db().Number("SELECT asked_count FROM hit_officer_quota").value(), kHitQueriesPerOfficerMax);
}

TEST_F(BlindHits, TagsArePublishedOnceAWeekHasOneKeyAndAnEndedKeyIsDestroyed) {
  Hold(nz(), "nz-dia", {"email:one@x.example"});
  EXPECT_EQ(AskBlind(*at().house, Officer(),
                     {.to = "nz-dia", .selectors = {"email:a@x.example"}, .case_number = "1", .legal_basis = "T"})
                .error()
                .code,
            Code::kNotFound);
  EXPECT_EQ(Publish(nz(), "at-bk")["messages"], 1);
  EXPECT_EQ(Publish(nz(), "at-bk")["messages"], 0) << "nothing new";
  Hold(nz(), "nz-dia", {"email:two@x.example"});
  EXPECT_EQ(Publish(nz(), "at-bk")["messages"], 1);
  EXPECT_EQ(at().house->db().Number("SELECT count(*) FROM hit_tags").value(), 1) << "the newer replaced the older";
  Ask(at(), "nz-dia", {"email:two@x.example"});
  Send(at());
  Send(nz());
  EXPECT_EQ(Hits(at(), true).at("email:two@x.example")[0]["hit"], true);
  // The same week under another key.
  json tags = post_rows::FindOutgoing(
                  nz().house->db(),
                  nz().house->db().TextOf("SELECT id FROM outbox WHERE kind='contribution' LIMIT 1").value().value())
                  .value()
                  .value()
                  .message.body;
  tags["public_key"] = ToBase64(VoprfKey::Make(random_).public_key().view());
  tags["made"] = ToText(clock_.Now());
  EXPECT_EQ(Answer(nz(), Raw(nz(), "at-bk", MessageKind::kContribution, tags)), "refused conflict");
  tags["part"] = 7;
  EXPECT_EQ(Answer(nz(), Raw(nz(), "at-bk", MessageKind::kContribution, tags)), "refused invalid");
  const auto keys = [&] { return nz().files->List(nz().house->Path("keys/hits")).value(); };
  EXPECT_EQ(keys().size(), 1U);
  const std::string first_key = keys()[0];
  clock_.Advance(kHitEpochMicros);
  Publish(nz(), "at-bk");
  EXPECT_EQ(keys().size(), 2U) << "a question on its way is answered for one week more";
  clock_.Advance(kHitEpochMicros);
  EXPECT_EQ(AskBlind(*at().house, Officer(),
                     {.to = "nz-dia", .selectors = {"email:a@x.example"}, .case_number = "1", .legal_basis = "T"})
                .has_value(),
            true)
      << "on last week's tags";
  Publish(nz(), "at-bk");
  EXPECT_EQ(keys().size(), 2U);
  EXPECT_EQ(std::ranges::count(keys(), first_key), 0) << "destroyed";
  EXPECT_EQ(LoadHitKey(*nz().house, "at-bk", HitEpochAt(clock_.Now()) - 2).error().code, Code::kNotFound);
  clock_.Advance(3 * kHitEpochMicros);
  EXPECT_EQ(AskBlind(*at().house, Officer(),
                     {.to = "nz-dia", .selectors = {"email:a@x.example"}, .case_number = "1", .legal_basis = "T"})
                .error()
                .code,
            Code::kConflict);
  clock_.Advance(200 * kMicrosPerDay);  // the gateway has ended
  EXPECT_EQ(PublishTags(*europol().house, Officer(), "at-bk").error().code, Code::kDenied);
}

TEST_F(BlindHits, AtAnAuditAQuestionOpensToWhatWasAskedAndToNothingElse) {
  Hold(nz(), "nz-dia", {"email:met@x.example"});
  Publish(nz(), "at-bk");
  const std::string query = Ask(at(), "nz-dia", {"email:met@x.example", "email:other@x.example"});
  Send(at());
  json opening = OpenQuestion(*at().house, Officer(), query).value();
  const std::string path = root_ + "/opening.json";
  const auto check = [&](const json& document) {
    EXPECT_TRUE(nz().files->WriteWhole(path, AsBytes(document.dump())));
    return CheckOpening(*nz().house, Second("officer-3"), path);
  };
  const auto held = check(opening);
  ASSERT_TRUE(held) << held.error().message;
  EXPECT_EQ((*held)["selectors"], 2);
  json other = opening;
  other["items"][1]["value"] = "someone-else@x.example";
  EXPECT_EQ(check(other).error().code, Code::kCorrupt);
  other = opening;
  other["case"] = "13/26";
  EXPECT_EQ(check(other).error().code, Code::kCorrupt);
  other = opening;
  other["items"].erase(1);
  EXPECT_EQ(check(other).error().code, Code::kCorrupt);
  other = opening;
  other["query"] = "msg-aaaaaaaaaaaaaaaa";
  EXPECT_EQ(check(other).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace crossguard
