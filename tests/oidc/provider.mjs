// An OpenID provider for the tests: signs in whoever `login_hint` of the test's form names, without asking twice.
// Prints its address in one line. Arguments: the return address of the client.
import http from "node:http";
import Provider from "oidc-provider";

const people = {
  ana: { sub: "ana", preferred_username: "ana", name: "Ana A.", groups: ["staff", "soc"] },
  root: { sub: "root", preferred_username: "Root", name: "Root R.", groups: ["soc-admins"] },
  eve: { sub: "eve", preferred_username: "eve", name: "Eve E.", groups: ["staff"] },
};

const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "logatlas",
        client_secret: "s3cret-of-the-client",
        redirect_uris: process.argv.slice(2),
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], profile: ["name", "preferred_username", "groups"] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => people[id] }),
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ["only for tests"] },
    ttl: { Interaction: 600, Session: 600, Grant: 600 },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
