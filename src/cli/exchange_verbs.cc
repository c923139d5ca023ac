// Nodes and their post: identity, pinning, sending, collecting.
#include "app/carriage_desk.h"
#include "app/exchange_desk.h"
#include "app/node.h"
#include "cli/program.h"

namespace crossguard {
namespace {

void AddNode(Program& program) {
  struct Options {
    std::string out, authority;
    PeerToTrust peer;
  };
  const auto o = std::make_shared<Options>();
  program.Group("node", "This node and the nodes that it knows");
  program
      .Verb(
          "node identity", "The signed document by which others pin this node",
          "node identity --out nz-dia.identity --data data",
          [&program, o]() -> Answered {
            House* const house = TRY(program.world().house(true));
            const std::string note = TRY(IdentityOf(*house));
            if (!o->out.empty()) TRY(house->env().files.WriteWhole(o->out, AsBytes(note)));
            return nlohmann::json{{"authority", house->book().self},
                                  {"fingerprint", exchange::IdentityFingerprint(note)},
                                  {"identity", o->out.empty() ? note : o->out}};
          },
          [](const nlohmann::json& answer) {
            return "fingerprint: " + answer["fingerprint"].get<std::string>() + "\n" +
                   answer["identity"].get<std::string>() + "\n";
          })
      .Option("--out", o->out, "Write it to this file");
  program
      .Verb("node trust",
            "One officer agrees to pin a node; the second pins it. Compare the fingerprint by another way",
            "node trust at-bk.identity --channel folder --address /media/stick --officer officer-2 --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return TrustPeer(*house, TRY(program.world().named_actor(Act::kTrustPeer)), o->peer);
            })
      .Needed("file", o->peer.identity_path, "The identity document of the other node")
      .OneOf("--channel", o->peer.channel, {"https", "folder", "carrier"}, "How its messages travel")
      .Option("--address", o->peer.address, "https://host:port, the folder, or the organisation that carries");
  program
      .Verb("node revoke", "Nothing goes to a node and nothing of it is taken any more",
            "node revoke at-bk --officer officer-3 --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return RevokePeer(*house, TRY(program.world().named_actor(Act::kRevokePeer)), o->authority);
            })
      .Needed("authority", o->authority, "Its authority");
  program.Verb("node list", "The nodes that are pinned here", "node list --data data",
               [&program]() -> Answered { return ListPeers(TRY(program.world().house(false))->db()); });
}

void AddPost(Program& program) {
  struct Options {
    std::string folder, id, direction;
  };
  const auto o = std::make_shared<Options>();
  program.Group("exchange", "Messages between nodes: send, collect, look");
  program.Verb("exchange send", "Seal and carry everything that waits, once", "exchange send --data data",
               [&program]() -> Answered {
                 World& world = program.world();
                 TRY(world.house(false));  // who may send stands in its book; it holds no lock
                 Env* const env = TRY(world.env());
                 return SendMessagesApart(*env, world.house_options(true), world.actor(Act::kSendMessages),
                                          world.https());
               });
  program
      .Verb("exchange collect", "Take the parcels and receipts for this authority from a folder",
            "exchange collect --from /media/stick --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return CollectMessages(*house, program.world().actor(Act::kSendMessages), o->folder);
            })
      .Needed("--from", o->folder, "The shared or carried folder");
  program
      .Verb("exchange list", "What arrived or left, newest first", "exchange list out --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(false));
              return o->direction == "in" ? ListIncoming(*house) : ListOutgoing(*house);
            })
      .OneOf("direction", o->direction, {"in", "out"}, "in or out");
  program.Verb("exchange figures", "How many messages of each kind rest in each state", "exchange figures --data data",
               [&program]() -> Answered { return ExchangeFigures(*TRY(program.world().house(false))); });
  program.Verb("exchange carried", "Messages that went, came or were passed on by way of an organisation",
               "exchange carried --data data",
               [&program]() -> Answered { return ListCarried(*TRY(program.world().house(false))); });
  program
      .Verb("exchange show", "One message: its state, its labels, its receipt", "exchange show msg-... --data data",
            [&program, o]() -> Answered {
              House* const house = TRY(program.world().house(true));
              return ShowMessage(*house, program.world().actor(Act::kShowRecord), o->id);
            })
      .Needed("id", o->id, "Message id");
}

}  // namespace

void AddExchangeVerbs(Program& program) {
  AddNode(program);
  AddPost(program);
}

}  // namespace crossguard
