def test_pages(anna, town):
    c = town.has_clip(name="Ольга", flags=("quiet","vertical"))
    for p in ("/", f"/clips/{c}", "/campaigns/proryv80/clips", "/campaigns/proryv80/posts", "/almanacs", f"/clips/{c}?dialog=reject", "/healthz"):
        r = anna.get(p)
        print(p, r.status_code, dict(r.headers))
        assert r.status_code == 200, r.text
    r=anna.get("/campaigns/proryv80/queue"); print(r.status_code, r.headers)
