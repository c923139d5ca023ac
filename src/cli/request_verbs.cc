// What is asked of other nodes and sent to them: information, releases, hits, packages, holdings, corrections.
#include "app/blind_desk.h"
#include "app/mail_request.h"
#include "app/post_desk.h"
#include "app/request_desk.h"
#include "cli/program.h"

namespace crossguard {
namespace {

void AddInformation(Program& program) {
  struct Options {
    InformationToAsk ask;
    InformationToGive give;
  };
  const auto o = std::make_shared<Options>();
  program.Group("request", "Requests for information between nodes");
  program
      .Verb("request ask", "Ask another authority for information",
            "request ask at-bk --question 'Is the holder known?' --legal-basis 'Example treaty' --selector "
            "email:a@b.example",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return AskInformation(*house, program.world().actor(Act::kAskInformation), o->ask);
            })
      .Needed("authority", o->ask.to, "Whom to ask")
      .Option("--question", o->ask.question, "What is asked")
      .Option("--legal-basis", o->ask.legal_basis, "On which legal basis")
      .Option("--selector", o->ask.selectors, "type:value, several times if need be")
      .OneOf("--urgency", o->ask.urgency, {"normal", "urgent", "urgent_direct"}, "7 days, 3 days or 8 hours");
  program
      .Verb("request answer", "Answer a request, refuse it, or ask back",
            "request answer msg-... --decision answered --text 'Known since 2021' --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return AnswerInformation(*house, program.world().actor(Act::kAnswerInformation), o->give);
            })
      .Needed("id", o->give.id, "Message id of the request")
      .OneOf("--decision", o->give.decision, {"answered", "refused", "clarification"}, "What the answer is")
      .Option("--text", o->give.text, "The answer, the ground of refusal, or the question");
  program.Verb("request list", "Requests in both directions, by due time", "request list --data data",
               [&program]() -> Answered { return ListInformation(*TRY(program.world().house(false))); });
}

void AddBlindHits(Program& program) {
  struct Options {
    BlindQuestion ask;
    std::string to, id, path;
  };
  const auto o = std::make_shared<Options>();
  program.Verb("hit quota", "How much each authority and each of its officers asked on each day",
               "hit quota --data data",
               [&program]() -> Answered { return ListHitQuota(*TRY(program.world().house(false))); });
  program
      .Verb("hit publish", "Publish what another node may be told as tags, for blinded questions of this week",
            "hit publish at-bk --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return PublishTags(*house, program.world().actor(Act::kSendMessages), o->to);
            })
      .Needed("authority", o->to, "To whom");
  program
      .Verb("hit blind", "Ask on published tags without telling the selectors",
            "hit blind nz-dia --selector email:a@b.example --case 12/26 --legal-basis 'Example treaty' --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return AskBlind(*house, program.world().actor(Act::kAskInformation), o->ask);
            })
      .Needed("authority", o->ask.to, "Whom to ask")
      .Needed("--selector", o->ask.selectors, "type:value, several times if need be; each counts as one query")
      .Option("--case", o->ask.case_number, "The holder receives a commitment to it only")
      .Option("--legal-basis", o->ask.legal_basis, "On which legal basis");
  program
      .Verb("hit open", "What an auditor needs to see what a blinded question asked", "hit open msg-... --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return OpenQuestion(*house, TRY(program.world().named_actor(Act::kShowRecord)), o->id);
            })
      .Needed("id", o->id, "Message id of the question");
  program
      .Verb("hit audit", "Whether an opening is of the blinded question that came here",
            "hit audit opening.json --officer officer-3 --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return CheckOpening(*house, TRY(program.world().named_actor(Act::kShowRecord)), o->path);
            })
      .Needed("file", o->path, "What `hit open --json` printed");
}

void AddRelease(Program& program) {
  struct Options {
    ReleaseToAsk ask;
    ReleaseToDecide decide;
    std::string decision;
    HitToAsk hit;
  };
  const auto o = std::make_shared<Options>();
  program.Group("release", "After a hit: may I see what you hold?");
  program
      .Verb("release ask", "Ask the owner of a hit for what it holds",
            "release ask eu-europol --selector email:a@b.example --why 'Case 12/26'",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return AskRelease(*house, program.world().actor(Act::kAskRelease), o->ask);
            })
      .Needed("authority", o->ask.to, "The owner")
      .Option("--selector", o->ask.selector, "type:value of the hit")
      .Option("--why", o->ask.why, "Why it is needed: the owner reads it");
  program
      .Verb("release decide", "One officer agrees to the decision; the second sends it",
            "release decide msg-... --decision granted --officer officer-2 --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              o->decide.granted = o->decision == "granted";
              return DecideRelease(*house, TRY(program.world().named_actor(Act::kDecideRelease)), o->decide);
            })
      .Needed("id", o->decide.id, "Message id of the release request")
      .OneOf("--decision", o->decision, {"granted", "refused"}, "granted or refused")
      .Option("--text", o->decide.reason, "What the asker is told");
  program.Verb("release list", "Release requests in both directions", "release list --data data",
               [&program]() -> Answered { return ListReleases(*TRY(program.world().house(false))); });
  program.Group("hit", "Hit or no hit with what another node holds");
  program
      .Verb("hit ask", "Ask whether another node holds something on a selector",
            "hit ask eu-europol --selector email:a@b.example",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return AskHit(*house, program.world().actor(Act::kAskInformation), o->hit);
            })
      .Needed("authority", o->hit.to, "Whom to ask")
      .Option("--selector", o->hit.selector, "type:value");
  AddBlindHits(program);
  program.Verb("hit list", "What was asked, and the answers", "hit list --data data",
               [&program]() -> Answered { return ListHits(*TRY(program.world().house(false))); });
}

void AddPackagePost(Program& program) {
  struct Options {
    std::string operation, id, why, path, to;
    PackageReply reply;
    CorrectionToSend correction;
  };
  const auto o = std::make_shared<Options>();
  program
      .Verb("package send", "Post every released package of an operation to its authority",
            "package send --operation kauri --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return SendPackages(*house, program.world().actor(Act::kSendMessages), o->operation,
                                  program.world().progress());
            })
      .Needed("--operation", o->operation, "The operation");
  program
      .Verb("package recall", "Take a package back; the recall stays open until it is acknowledged",
            "package recall pkg-... --why 'Wrong account' --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return RecallPackage(*house, program.world().actor(Act::kSendMessages), o->id, o->why);
            })
      .Needed("id", o->id, "Package id")
      .Needed("--why", o->why, "The recipient reads it");
  program.Verb("package recalls", "Recalls, and which are still open", "package recalls --data data",
               [&program]() -> Answered { return ListRecalls(*TRY(program.world().house(false))); });
  program.Verb("package received", "Packages that other nodes sent", "package received --data data",
               [&program]() -> Answered { return ListReceivedPackages(*TRY(program.world().house(false))); });
  program.Verb("package questions", "What authorities ask about packages of this node", "package questions --data data",
               [&program]() -> Answered { return ListQuestions(*TRY(program.world().house(false))); });
  program
      .Verb("package reply", "Answer a package that came",
            "package reply pkg-... --decision accept --case-number 12/26 --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ReplyToPackage(*house, program.world().actor(Act::kSendMessages), o->reply);
            })
      .Needed("id", o->reply.package, "Package id")
      .OneOf("--decision", o->reply.decision, {"accept", "refuse", "already_known", "ask"}, "The answer")
      .Option("--case-number", o->reply.case_number, "This authority's own case number")
      .Option("--text", o->reply.text, "The question, or a remark")
      .Option("--from", o->reply.sender, "Its sender, if several sent one of this id");
  program
      .Verb("holdings send", "Contribute holdings of this authority to another node",
            "holdings send own.json --to eu-europol --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return SendHoldings(*house, program.world().actor(Act::kSendMessages), o->path, o->to);
            })
      .Needed("file", o->path, "The holdings")
      .Needed("--to", o->to, "The authority");
  program
      .Verb("exchange correct", "Say that a message or package was wrong; what was said stays",
            "exchange correct at-bk --about msg-... --text 'The date is 3 March' --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return SendCorrection(*house, program.world().actor(Act::kSendMessages), o->correction);
            })
      .Needed("authority", o->correction.to, "Who received it")
      .Needed("--about", o->correction.about, "Message or package id")
      .Needed("--text", o->correction.text, "What is right");
}

}  // namespace

void AddRequestVerbs(Program& program) {
  AddInformation(program);
  AddRelease(program);
  AddPackagePost(program);
}

}  // namespace crossguard
