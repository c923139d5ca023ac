// The bodies of the five kinds of message that coordination sends and takes: docs/formats/messages/coordination.md.
// Readers are strict and bounded: what is not in the format is refused with one sentence.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time_text.h"

namespace crossguard::coordination {

// All that a contact learns. Always these fields, one other party for each message.
struct NoticeBody {
  std::string deconfliction;  // "dec-..."
  std::string kind;           // subject | account | file | selector
  std::string other;          // authority id
  std::string contact;        // its contact: an address, not a person
  Instant since;              // to the day
};
nlohmann::json NoticeJson(const NoticeBody& body);
Result<NoticeBody> ReadNotice(const nlohmann::json& json);

struct SettledBody {
  std::string deconfliction, leads, outcome;
  std::vector<std::string> agreed_by;
};
nlohmann::json SettledJson(const SettledBody& body);
Result<SettledBody> ReadSettled(const nlohmann::json& json);

struct LeadBody {
  std::string about, lead;
};
nlohmann::json LeadJson(const LeadBody& body);
Result<LeadBody> ReadLead(const nlohmann::json& json);

struct TaskBody {
  std::string task, about, what;
  Instant due;
};
nlohmann::json TaskJson(const TaskBody& body);
Result<TaskBody> ReadTask(const nlohmann::json& json);

struct TaskReportBody {
  std::string task, state, note;
};
nlohmann::json TaskReportJson(const TaskReportBody& body);
Result<TaskReportBody> ReadTaskReport(const nlohmann::json& json);

}  // namespace crossguard::coordination
