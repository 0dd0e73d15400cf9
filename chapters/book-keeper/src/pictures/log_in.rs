use super::artifacts::image;
use super::sequence::Parties;
use super::svg::*;
use anyhow::Result;

/// How a registry asks for a token, and where it comes from.
pub fn picture() -> Result<(String, String)> {
    let head = format!("HEAD …/{}", image()?.layer.digest);
    let parties = Parties(vec![(32, "client"), (180, "registry"), (316, "token server")]);
    let mut shapes = parties.draw(436);
    shapes.extend(parties.message(86, 0, 1, &head));
    shapes.extend(parties.answer(138, 1, 0, "401, WWW-Authenticate:"));
    shapes.push(text(106, 158, &[MIDDLE, SMALL, HALO], "a token from …/token"));
    shapes.extend(parties.message(214, 0, 2, "GET /token?scope=…pull,push"));
    shapes.push(text(174, 234, &[MIDDLE, SMALL, HALO], "Authorization: Basic, user and password"));
    shapes.extend(parties.answer(286, 2, 0, "200, the token, for some minutes"));
    shapes.extend(parties.message(342, 0, 1, &head));
    shapes.push(text(106, 362, &[MIDDLE, SMALL, HALO], "Authorization: Bearer"));
    shapes.extend(parties.answer(414, 1, 0, "404: it is not there"));
    shapes.push(area(20, 436, 320, 34, &[ACCENT]));
    shapes.push(text(180, 458, &[MIDDLE, SMALL], "the push goes on, with the token each time"));
    let description = format!(
        "The client sends {head} to the registry, which answers 401 and says in WWW-Authenticate that it wants a token, and from where. \
         The client sends GET /token to the token server, with the user and the password, and asks for the scope pull,push. \
         The server answers 200, with a token that is good for some minutes. The client sends {head} again, with the token. \
         The registry answers 404: it is not there. The push goes on, with the token in each request."
    );
    Ok(draw("log-in", 484, "A log-in with a token", &description, &shapes))
}
