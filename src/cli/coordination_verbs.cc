// Who works on what: deconfliction, leads, tasks, the board.
#include "app/coordination_desk.h"
#include "cli/program.h"

namespace crossguard {
namespace {

using nlohmann::json;

std::string Joined(const json& list) {
  std::string out;
  for (const json& one : list) out += (out.empty() ? "" : ", ") + one.get<std::string>();
  return out;
}

std::string TextOf(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

// Lists of names as one cell, so that a row stays a row.
std::string RenderRows(json rows) {
  for (json& row : rows) {
    for (auto& [name, value] : row.items()) {
      if (value.is_array() && (value.empty() || value.front().is_string())) value = Joined(value);
    }
  }
  return RenderRecord(rows);
}

std::string RenderBoard(const json& board) {
  if (board.empty()) return "Nobody leads anything, no task is open, nothing waits to be settled.\n";
  std::vector<std::vector<std::string>> rows;
  for (const json& line : board) {
    const std::string due = TextOf(line["next_due"]);
    rows.push_back(
        {line["about"].get<std::string>(), TextOf(line["lead"]), Joined(line["parties"]), line["open_tasks"].dump(),
         due.empty() ? "-" : due + (line["overdue"].get<bool>() ? " OVERDUE" : ""), Joined(line["deconflictions"])});
  }
  return Table({"about", "lead", "parties", "tasks", "next due", "to be settled"}, rows);
}

std::string RenderDeconflictions(const json& lists) {
  std::string out = RenderRows(lists["deconflictions"]);
  if (!lists["told_by_others"].empty()) out += "\ntold by others\n" + RenderRows(lists["told_by_others"]);
  return out;
}

void AddScanAndBoard(Program& program) {
  program.Group("coordination", "Who works on what: scan, board");
  program.Verb("coordination scan", "Find what two authorities or two channels hold; tell their contacts",
               "coordination scan --data data", [&program]() -> Answered {
                 House* const house = TRY(program.world().house(true));
                 return ScanForDeconfliction(*house, program.world().actor(Act::kCrossCheck));
               });
  program.Verb(
      "coordination board", "Per subject: lead, parties, open tasks, next due; overdue first",
      "coordination board --data data",
      [&program]() -> Answered {
        House* const house = TRY(program.world().house(false));
        return ShowBoard(*house, program.world().actor(Act::kShowRecord).officer);
      },
      RenderBoard);
  const auto o = std::make_shared<HoldFacts>();
  program
      .Verb("coordination hold", "Record what this house holds by another way: an own case, another channel",
            "coordination hold --source case-12/26 --through int-interpol --opened folder --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return Hold(*house, program.world().actor(Act::kOpenCase), *o);
            })
      .Needed("--source", o->source, "Id of the package, message or case it stands in")
      .Option("--through", o->channel, "The authority it came through; without: a case of this house")
      .Option("--since", o->since, "Since when (RFC 3339); without: now")
      .Option("--service", o->service, "Service of the account or screen name")
      .Option("--account", o->account, "The provider's account id")
      .Option("--type", o->type, "Type of a selector: email, phone, screen_name ...")
      .Option("--value", o->value, "The selector, as written")
      .Option("--sha256", o->sha256, "A file that no list knows")
      .Option("--opened", o->opened_folder, "Folder of an opened package: all its accounts");
}

void AddClaims(Program& program) {
  struct Options {
    std::string operation, path;
  };
  const auto o = std::make_shared<Options>();
  program
      .Verb("deconfliction secret", "Make the operation's shared secret, or keep the one that another node gave",
            "deconfliction secret --operation kauri --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return KeepOperationSecret(*house, TRY(program.world().named_actor(Act::kLoadAuthorities)), o->operation,
                                         o->path);
            })
      .Needed("--operation", o->operation, "Name that all nodes of the operation use")
      .Option("--from", o->path, "The file that another node gave by a trusted way");
  program
      .Verb("deconfliction export", "Write this house's claims by keyed key, for the other nodes",
            "deconfliction export --operation kauri --out claims.json --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ExportClaims(*house, program.world().actor(Act::kSendMessages), o->operation, o->path);
            })
      .Needed("--operation", o->operation, "Name that all nodes of the operation use")
      .Needed("--out", o->path, "File to write");
  program
      .Verb("deconfliction send", "Send this house's claims by keyed key to another node, as a message",
            "deconfliction send --operation kauri --to eu-europol --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return SendClaims(*house, program.world().actor(Act::kSendMessages), o->operation, o->path);
            })
      .Needed("--operation", o->operation, "Name that all nodes of the operation use")
      .Needed("--to", o->path, "Authority that is to compare");
  program
      .Verb("deconfliction import", "Take another node's claims by keyed key, and scan",
            "deconfliction import claims.json --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ImportClaims(*house, program.world().actor(Act::kImportContribution), o->path);
            })
      .Needed("file", o->path, "A document of claims");
}

void AddDeconfliction(Program& program) {
  program.Group("deconfliction", "Two hold the same: list, show, settle, override");
  struct Options {
    std::string id, package;
    coordination::OverrideFor override_for;
    coordination::Settlement settlement;
  };
  const auto o = std::make_shared<Options>();
  program.Verb(
      "deconfliction list", "All of them, by which ways this house knows of it, and what other nodes told",
      "deconfliction list --data data",
      [&program]() -> Answered {
        House* const house = TRY(program.world().house(false));
        return ListDeconflictions(*house, program.world().actor(Act::kShowRecord).officer);
      },
      RenderDeconflictions);
  program
      .Verb("deconfliction show", "One: parties, accounts, who was told, how it was settled",
            "deconfliction show dec-... --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ShowDeconfliction(*house, program.world().actor(Act::kShowRecord), o->id);
            })
      .Needed("id", o->id, "Deconfliction id");
  program
      .Verb(
          "deconfliction settle", "Record what the parties agreed: lifts the pause",
          "deconfliction settle dec-... --lead gb-nca --outcome one_leads --agreed-by gb-nca at-bk --officer officer-2 "
          "--reason agreed --data data",
          [&program, o]() -> Answered {
            House* const house = TRY(program.world().house(true));
            return SettleDeconfliction(*house, TRY(program.world().named_actor(Act::kSettleDeconfliction)),
                                       o->settlement);
          })
      .Needed("id", o->settlement.deconfliction, "Deconfliction id")
      .Option("--lead", o->settlement.leads, "The party that leads")
      .OneOf("--outcome", o->settlement.outcome, {coordination::kOutcomes.begin(), coordination::kOutcomes.end()},
             "What was agreed")
      .Needed("--agreed-by", o->settlement.agreed_by, "The authorities that agreed");
  program
      .Verb("deconfliction override", "A child at risk now: its accounts may go to one authority; the reason is kept",
            "deconfliction override dec-... --package pkg-... --officer officer-2 --reason risk --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return OverrideDeconfliction(*house, TRY(program.world().named_actor(Act::kOverrideDeconfliction)), o->id,
                                           o->override_for);
            })
      .Needed("id", o->id, "Deconfliction id")
      .Option("--package", o->override_for.package, "Package that carries or held back such an account")
      .Option("--to", o->override_for.authority, "Or the authority for which they wait");
  program
      .Verb("deconfliction answer", "What to answer to a package of which this house may know all already",
            "deconfliction answer pkg-... --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              return ProposeAnswer(*house, program.world().actor(Act::kShowRecord).officer, o->package);
            })
      .Needed("package", o->package, "The source that was recorded: the package's id");
}

void AddLeadsAndTasks(Program& program) {
  struct Options {
    std::string about, authority;
    TaskFacts task;
    TaskReportFacts report;
  };
  const auto o = std::make_shared<Options>();
  program.Group("lead", "Who leads: assign, list");
  program
      .Verb("lead assign", "One authority leads a subject or deconfliction from now on; the others hear of it",
            "lead assign sbj-... --to gb-nca --officer officer-2 --reason agreed --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return AssignLead(*house, TRY(program.world().named_actor(Act::kAssignLead)), o->about, o->authority);
            })
      .Needed("about", o->about, "Subject or deconfliction id")
      .Needed("--to", o->authority, "Authority id");
  program
      .Verb("lead list", "Who leads and who led", "lead list --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              return ListLeads(*house, program.world().actor(Act::kShowRecord).officer, o->about);
            })
      .Option("about", o->about, "Only this subject or deconfliction");
  program.Group("task", "Who does what until when: set, report, list");
  program
      .Verb("task set", "Ask an authority to do something until a time",
            "task set --about sbj-... --for at-bk --what \"Search the house\" --due 2026-03-01T12:00:00Z --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return SetTask(*house, program.world().actor(Act::kSetTask), o->task);
            })
      .Needed("--about", o->task.about, "Subject or deconfliction id")
      .Needed("--for", o->task.authority, "Authority id")
      .Needed("--what", o->task.what, "One line; it travels: no person's data")
      .Needed("--due", o->task.due, "RFC 3339");
  program
      .Verb("task report", "Say what became of a task; whoever set it hears of it",
            "task report tsk-... --state done --note \"Two devices seized\" --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ReportTask(*house, program.world().actor(Act::kSetTask), o->report);
            })
      .Needed("id", o->report.id, "Task id")
      .OneOf("--state", o->report.state, {"accepted", "done", "refused"}, "What became of it")
      .Option("--note", o->report.note, "One line; it travels: no person's data")
      .Option("--of", o->report.origin, "Who set it, where two tasks have one id");
  program.Verb("task list", "All tasks, overdue first", "task list --data data", [&program]() -> Answered {
    House* const house = TRY(program.world().house(false));
    return ListTasks(*house, program.world().actor(Act::kShowRecord).officer);
  });
}

}  // namespace

void AddCoordinationVerbs(Program& program) {
  AddScanAndBoard(program);
  AddDeconfliction(program);
  AddClaims(program);
  AddLeadsAndTasks(program);
}

}  // namespace crossguard
