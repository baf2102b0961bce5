"""Which right each route asks for, in the campaign that it is about. A route that is not named here is closed."""

from __future__ import annotations

from collections.abc import Mapping

from relay.moderation.rules import Right

PUBLIC: None = None
_BY_RIGHT: Mapping[Right, str] = {
    Right.enter: "api_me campaigns themes",
    Right.view: """
        campaign api_coverage errands errand
        sources reading_plan
        api_posts posts_without_video post
        api_clips api_clip decisions api_suggestions clip_trim captions returned_clips
        api_almanacs api_almanac proposals film_diff
        renders api_making render_file preview_file remarks sign_offs
        style cards quotes pictures music
        alerts network_tokens
    """,
    Right.decide: """
        hand_ins add_post accept_post turn_post_down link_post put_post_aside take_post_up
        add_clip api_decide api_undo keep_clip return_clip call_clip_off
    """,
    Right.edit: "edit_clip trim_clip undo_clip_trim",
    Right.almanac: """
        put_captions captions_from_quote drop_captions
        new_almanac follow_rules edit_plan render preview
        add_remark api_settle_remark api_ask_sign_off api_revoke_sign_off sign_off_letters api_mail_sign_off
        change_style add_card remove_card add_quote import_quotes add_picture add_music
    """,
    Right.withdraw: "withdraw_clip",
    Right.audit: "api_audit",
    Right.lead: """
        new_campaign start_campaign stop_campaign extend_campaign switch_comments switch_hand_in crawl recheck
        add_source check_sources pause_source resume_source
        test_alerts
    """,
    Right.people: """
        api_accounts add_account api_account api_set_role api_account_link close_account reopen_account
        api_reset_second_factor
    """,
}
RIGHTS: Mapping[str, Right | None] = {
    "openapi": PUBLIC,
    **{name: right for right, names in _BY_RIGHT.items() for name in names.split()},
}
