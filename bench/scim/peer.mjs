// A SCIM 2.0 server of packages from npm (SCIMMY, Express), users in memory, found by id and by user name in maps. Its own
// filters go over all users; the map is what a store with an index would give it.
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const byId = new Map(), byName = new Map();
let next = 1;

function nameOf(filter) {
    const found = /^userName eq "([^"]+)"$/i.exec(filter?.expression?.toString() ?? "");
    return found?.[1].toLowerCase();
}

SCIMMY.Resources.declare(SCIMMY.Resources.User)
    .ingress((resource, data) => {
        const id = resource.id ?? String(next++).padStart(12, "0");
        const name = data.userName.toLowerCase();
        if (byName.has(name) && byName.get(name).id !== id) {
            throw new SCIMMY.Types.Error(409, "uniqueness", "the user name is taken");
        }
        const user = { ...JSON.parse(JSON.stringify(data)), id, meta: { created: new Date(), lastModified: new Date() } };
        byId.set(id, user);
        byName.set(name, user);
        return user;
    })
    .egress((resource) => {
        if (resource.id) {
            const user = byId.get(resource.id);
            if (!user) {
                throw new SCIMMY.Types.Error(404, null, "there is no such user");
            }
            return user;
        }
        const name = nameOf(resource.filter);
        if (name) {
            return byName.has(name) ? [byName.get(name)] : [];
        }
        return [...byId.values()];
    })
    .degress((resource) => void byId.delete(resource.id));

const app = express();
app.disable("x-powered-by");
app.use("/scim", new SCIMMYRouters({ type: "bearer", handler: (request) => {
    if (request.header("Authorization") !== "Bearer bench") {
        throw new Error("no token");
    }
    return "bench";
} }));
const server = app.listen(Number(process.argv[2]), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
