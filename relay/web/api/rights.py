"""Which right each route asks for, in the campaign that it is about. A route that is not named here is closed."""

from __future__ import annotations

from collections.abc import Mapping

from relay.moderation.rules import Right

PUBLIC: None = None
_BY_RIGHT: Mapping[Right, str] = {
    Right.enter: "api_me campaigns themes film_templates",
    Right.view: """
        campaign api_settings api_coverage api_board errands errand
        sources reading_plan
        api_posts posts_without_video post
        api_clips api_clip decisions api_suggestions clip_trim captions returned_clips
        api_almanacs api_almanac undrawn proposals film_diff
        renders api_making render_file preview_file remarks sign_offs
        poster_choice poster_file caption_file api_signed_film api_protocol_film
        look_state style cards quotes pictures music api_credits api_film_credits emblems
        permissions clip_permission film_permissions
        alerts network_tokens api_health clip_certificate
    """,
    Right.decide: """
        hand_ins add_post accept_post turn_post_down link_post put_post_aside take_post_up
        add_clip api_decide api_undo keep_clip return_clip call_clip_off
        ask_author end_author_link take_upon take_override_back
    """,
    Right.edit: "edit_clip trim_clip undo_clip_trim note_consent",
    Right.almanac: """
        put_captions captions_from_quote captions_from_heard drop_captions
        new_almanac follow_rules edit_plan render preview
        add_remark api_reply_remark api_settle_remark api_ask_sign_off api_revoke_sign_off
        sign_off_letters api_mail_sign_off
        api_choose_poster forget_poster api_sign_film api_attach_protocol
        api_exports api_make_export api_exporting api_stop_export api_export_file api_remove_export
        set_film_reaches
        change_style api_undo_look add_card edit_card move_card remove_card
        add_quote edit_quote remove_quote import_quotes add_picture edit_picture remove_picture
        add_music edit_music remove_music
        put_credits add_credit move_credit remove_credit add_emblem remove_emblem
        put_film_credits add_film_credit move_film_credit remove_film_credit reset_film_credits
    """,
    Right.withdraw: "withdraw_clip",
    Right.audit: "api_audit verify_record api_record_head record_key take_table",
    Right.lead: """
        new_campaign start_campaign stop_campaign extend_campaign archive_campaign bring_campaign_back
        reschedule_campaign change_campaign add_hashtag add_alias drop_tag
        switch_comments switch_hand_in crawl recheck
        add_source add_sources check_sources pause_source resume_source set_district
        test_alerts doctor
    """,
    Right.people: """
        api_accounts add_account api_account api_set_role api_account_link close_account reopen_account
        api_reset_second_factor api_account_password api_tokens revoke_api_token
    """,
}
RIGHTS: Mapping[str, Right | None] = {
    "openapi": PUBLIC,
    **{name: right for right, names in _BY_RIGHT.items() for name in names.split()},
}
